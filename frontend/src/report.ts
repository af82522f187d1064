import type { Report } from "./api";
import { clock } from "./clock";
import { html, nothing, type BaseElement, type TemplateResult } from "./element";
import { unitOfTime } from "./format";
import { codeOf, reasonOf, type Hass } from "./hass";
import { timeOf, type ChamberState } from "./stream";
import { text } from "./strings";

/** What a report can be of, up to now. */
const PERIODS = [
  { unit: "hour", count: 24, seconds: 86_400 },
  { unit: "day", count: 7, seconds: 7 * 86_400 },
  { unit: "day", count: 30, seconds: 30 * 86_400 },
];
/** ms after which a browser has taken what is downloaded. */
const TAKEN = 60_000;

/** Hands a file to the browser's downloads: it is not shown here, whatever it holds. */
const download = ({ name, media_type: type, content }: Report["files"][number]): void => {
  const href = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), TAKEN);
};

interface Refusal {
  translation_key?: string;
  translation_placeholders?: Record<string, string>;
}

/** What went wrong, in the user's language where the integration has words for it. */
const wordsOf = async (hass: Hass, error: unknown): Promise<string> => {
  if (typeof codeOf(error) === "number") return text(hass, "panel.report_lost");
  const { translation_key: key, translation_placeholders: values } = Object(error) as Refusal;
  const loaded = key ? await hass.loadBackendTranslation?.("exceptions", "chamber_ws") : undefined;
  const localize = (loaded as Hass["localize"]) ?? hass.localize;
  return localize?.(`component.chamber_ws.exceptions.${key}.message`, values) || reasonOf(error);
};

/** The form that makes a chamber's report, and downloads it. */
export class Reporter {
  #device: string | undefined;
  #busy = false;
  #told = "";
  #problem = "";

  constructor(readonly host: BaseElement) {}

  #tell(told: string, problem = ""): void {
    [this.#told, this.#problem] = [told, problem];
    this.host.requestUpdate();
  }

  async #make(hass: Hass, device: string, start: number): Promise<void> {
    if (this.#busy) return;
    [this.#device, this.#busy] = [device, true];
    this.#tell("report_making");
    try {
      const message = { type: "chamber_ws/report", device_id: device, start, format: "html" };
      const { files } = await hass.connection.sendMessagePromise<Report>(message);
      files.forEach(download);
      this.#busy = false;
      this.#tell("report_made");
    } catch (error) {
      const problem = await wordsOf(hass, error).catch(() => reasonOf(error));
      this.#busy = false;
      this.#tell("", problem);
    }
  }

  render(hass: Hass, device: string, state: ChamberState, usable: boolean): TemplateResult {
    const [told, problem] = device === this.#device ? [this.#told, this.#problem] : ["", ""];
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      const { value } = (event.currentTarget as HTMLFormElement).elements.namedItem("period") as HTMLSelectElement;
      void this.#make(hass, device, timeOf(state, clock()) - Number(value));
    };
    return html`<form class="report" @submit=${submit}>
      <select name="period" aria-label=${text(hass, "panel.report_period")}>
        ${PERIODS.map(
          ({ unit, count, seconds }) =>
            html`<option value=${seconds}>${unitOfTime(hass.locale, count, unit, "long")}</option>`,
        )}
      </select>
      <button class="action" type="submit" ?disabled=${this.#busy || !usable}>${text(hass, "panel.report")}</button>
      <span role="status">${told ? text(hass, `panel.${told}`) : nothing}</span>
      ${problem ? html`<span class="problem" role="alert">${problem}</span>` : nothing}
    </form>`;
  }
}
