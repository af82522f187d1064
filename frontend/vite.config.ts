import { readFileSync } from "node:fs";
import { build, defineConfig, minifySync, type Plugin, type Rolldown, type UserConfig } from "vite";

const NOTICE =
  "/*! chamber_ws, MIT. Contains Lit, BSD-3-Clause: see LICENSE-lit. */\n";

/** What begins with "_$" is private to Lit. */
const minified = (code: string): string => {
  const options = {
    module: true,
    compress: { treeshake: { propertyReadSideEffects: false as const } },
    mangle: { toplevel: true },
    mangleProps: { include: /^_\$/ },
  };
  return minifySync("module.js", code, options).code.replace(/\s*\n\s+/g, " ");
};

/** Styles and templates are strings to a minifier: their layout is of no use in the browser. */
const compactTemplates = (): Plugin => ({
  name: "compact-templates",
  transform(code, id) {
    if (!id.includes("/src/")) return undefined;
    return code
      .replace(/css`[^`]*`/g, (style) => style.replace(/\s+/g, " ").replace(/;? ?([{};,`]) ?|(:) /g, "$1$2"))
      .replace(/(["}>])\s*\n\s*(>|<|\$\{)/g, "$1$2");
  },
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type === "chunk") part.code = NOTICE + minified(part.code);
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

/** A module without parts of its own. */
const moduleOf = (input: string, name: string, ...plugins: Plugin[]): UserConfig => ({
  plugins: [compactTemplates(), ...plugins],
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "../custom_components/chamber_ws/www",
    emptyOutDir: false,
    modulePreload: false,
    minify: false,
    rolldownOptions: {
      input,
      optimization: { inlineConst: { mode: "all", pass: 3 } },
      preserveEntrySignatures: "strict",
      output: { format: "es", entryFileNames: name, codeSplitting: false, comments: { legal: false } },
    },
  },
});

/** The modules that are fetched when somebody opens what they make. */
const LATER: Record<string, string> = {
  "chamber-dashboard.js": "src/strategy.ts",
  "chamber-panel.js": "src/panel-main.ts",
};

/** Each is built for itself: what they share with the card's would else be one more to be fetched. */
const builtBeside = (): Plugin => ({
  name: "built-beside",
  async generateBundle() {
    for (const [fileName, input] of Object.entries(LATER)) {
      const one = moduleOf(input, fileName);
      const built = await build({ ...one, configFile: false, logLevel: "warn", build: { ...one.build, write: false } });
      const [part] = (built as Rolldown.RolldownOutput).output;
      this.emitFile({ type: "asset", fileName, source: part.code });
    }
  },
});

export default defineConfig(moduleOf("src/main.ts", "chamber-card.js", licenceOfLit(), builtBeside()));
