import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const NOTICE =
  "/*! chamber_ws, MIT licence. Contains Lit: Copyright 2017 Google LLC, BSD-3-Clause, see LICENSE-lit. */\n";

/** Styles and templates are strings to a minifier: their layout is of no use in the browser. */
const compactTemplates = (): Plugin => ({
  name: "compact-templates",
  transform(code, id) {
    if (!id.includes("/src/")) return undefined;
    return code
      .replace(/css`[^`]*`/g, (style) => style.replace(/\s+/g, " ").replace(/ ?([{};,]) ?|(:) /g, "$1$2"))
      .replace(/>\s*\n\s*</g, "><");
  },
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type === "chunk") part.code = NOTICE + part.code.replace(/\s*\n\s+/g, " ");
      }
    },
  },
});

/** Lit's licence asks to be handed on with it. */
const licenceOfLit = (): Plugin => ({
  name: "licence-of-lit",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "LICENSE-lit", source: readFileSync("node_modules/lit/LICENSE", "utf8") });
  },
});

export default defineConfig({
  plugins: [compactTemplates(), licenceOfLit()],
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "../custom_components/chamber_ws/www",
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: "src/main.ts",
      output: { format: "es", entryFileNames: "chamber-card.js", codeSplitting: false, comments: { legal: false } },
    },
  },
});
