import { css } from "../element";

export const style = css`
  :host {
    display: block;
    min-inline-size: 0;
  }
  .plot {
    position: relative;
    touch-action: pan-y;
    border-radius: 8px;
  }
  canvas {
    display: block;
    inline-size: 100%;
  }
  .cursor {
    position: absolute;
    inset-block: 8px 20px;
    inset-inline-start: 0;
    inline-size: 1px;
    background: var(--chamber-quiet);
    pointer-events: none;
  }
  .readout {
    position: absolute;
    inset-block-start: 4px;
    inset-inline-end: 8px;
    max-inline-size: 60%;
    padding: 4px 8px;
    border-radius: 8px;
    background: var(--chamber-card);
    border: 1px solid var(--chamber-line);
    color: var(--chamber-text);
    font-size: 12px;
    line-height: 16px;
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  .readout.start {
    inset-inline: 44px auto;
  }
  .problem {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: var(--chamber-quiet);
  }
  .ranges {
    display: flex;
    justify-content: space-between;
    gap: 2px;
    margin-block-start: 4px;
  }
  .ranges button {
    flex: 1;
    min-block-size: 32px;
    border-radius: 16px;
    color: var(--chamber-quiet);
    font-size: 12px;
    font-weight: 500;
  }
  .ranges button[aria-pressed="true"] {
    color: var(--chamber-text);
    background: color-mix(in srgb, var(--chamber-accent) 16%, transparent);
  }
`;
