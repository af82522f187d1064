import { html, LitElement, type TemplateResult } from "lit";

export class ChamberCard extends LitElement {
  override render(): TemplateResult {
    return html`<ha-card></ha-card>`;
  }
}
