import { css } from "./element";

/** Colours of Home Assistant's theme, which has them all whatever themes are installed. */
export const colours = css`
  :host {
    --chamber-text: var(--primary-text-color);
    --chamber-quiet: var(--secondary-text-color);
    --chamber-line: var(--divider-color);
    --chamber-card: var(--ha-card-background, var(--card-background-color));
    --chamber-accent: var(--primary-color);
    --chamber-error: var(--error-color);
    --chamber-warning: var(--warning-color);
    --chamber-success: var(--success-color);
    --chamber-info: var(--info-color);
    --chamber-heat: var(--state-climate-heat-color);
    --chamber-cool: var(--state-climate-cool-color);
    --chamber-fan: var(--state-fan-active-color);
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--chamber-accent);
    outline-offset: 2px;
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    padding: 0;
    cursor: pointer;
  }
`;
