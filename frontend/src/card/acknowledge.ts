import { html, nothing, type BaseElement, type TemplateResult } from "../element";
import { reasonOf, type Hass } from "../hass";
import { text } from "../strings";

/** The longest comment that the integration takes. */
const LONGEST = 1000;

/** The button that acknowledges an alarm, with a comment where somebody wants to write one. */
export class Acknowledge {
  #open = false;
  #busy = false;
  #problem: string | undefined;

  constructor(readonly host: BaseElement) {}

  get #field(): HTMLInputElement | null {
    return this.host.renderRoot.querySelector("input");
  }

  async #send(hass: Hass, device: string): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#problem = undefined;
    this.host.requestUpdate();
    try {
      const comment = this.#field?.value.trim() || undefined;
      await hass.connection.sendMessagePromise({ type: "chamber_ws/acknowledge", device_id: device, comment });
      this.#open = false;
    } catch (error) {
      this.#problem = reasonOf(error);
    }
    this.#busy = false;
    this.host.requestUpdate();
  }

  #toggle = async (): Promise<void> => {
    this.#open = !this.#open;
    this.host.requestUpdate();
    await this.host.updateComplete;
    this.#field?.focus();
  };

  render(hass: Hass, device: string): TemplateResult {
    return html`<form
      class="acknowledge"
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.#send(hass, device);
      }}
    >
      ${
        this.#open
          ? html`<input
            class="comment"
            maxlength=${LONGEST}
            aria-label=${text(hass, "card.comment")}
            placeholder=${text(hass, "card.comment")}
          />`
          : nothing
      }
      <button class="filled" ?disabled=${this.#busy}>${text(hass, "card.acknowledge")}</button>
      <button type="button" class="plain" aria-expanded=${this.#open} @click=${this.#toggle}>
        ${text(hass, this.#open ? "card.without_comment" : "card.with_comment")}
      </button>
      ${this.#problem ? html`<span role="alert">${this.#problem}</span>` : nothing}
    </form>`;
  }
}
