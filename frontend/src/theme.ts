import { css } from "./element";

/** Colours of Home Assistant's theme, with what its default theme has as a fallback. */
export const colours = css`
  :host {
    --chamber-text: var(--primary-text-color, #212121);
    --chamber-quiet: var(--secondary-text-color, #636363);
    --chamber-line: var(--divider-color, #e0e0e0);
    --chamber-card: var(--ha-card-background, var(--card-background-color, #fff));
    --chamber-accent: var(--primary-color, #03a9f4);
    --chamber-error: var(--error-color, #db4437);
    --chamber-warning: var(--warning-color, #ffa600);
    --chamber-success: var(--success-color, #43a047);
    --chamber-info: var(--info-color, #039be5);
    --chamber-heat: var(--state-climate-heat-color, #ff8100);
    --chamber-cool: var(--state-climate-cool-color, #2b9af9);
    --chamber-fan: var(--state-fan-active-color, #00a8a8);
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
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
