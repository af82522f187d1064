import { css } from "../element";

/** What changes with every sample has a size of its own, so that the page is not laid out anew for it. */
export const style = css`
  :host {
    display: block;
    block-size: 100%;
  }
  ha-card {
    display: block;
    block-size: 100%;
    box-sizing: border-box;
    container-type: inline-size;
    overflow: hidden;
    color: var(--chamber-text);
  }
  .body {
    --row: clamp(44px, 14cqi, 72px);
    display: flex;
    flex-direction: column;
    gap: 12px;
    padding: 16px;
    font-size: 14px;
    line-height: 20px;
  }
  header {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  h2 {
    flex: 1;
    min-inline-size: 0;
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 16px;
    font-weight: 500;
    line-height: 24px;
  }
  .action {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 2px 10px;
    border-radius: 12px;
    background: color-mix(in srgb, var(--tone, var(--chamber-quiet)) 14%, transparent);
    font-size: 12px;
    font-weight: 500;
    line-height: 20px;
    white-space: nowrap;
  }
  .action ha-icon {
    display: flex;
    --mdc-icon-size: 16px;
    color: var(--tone, var(--chamber-quiet));
  }
  .heating,
  .heat {
    --tone: var(--chamber-heat);
  }
  .cooling,
  .cool {
    --tone: var(--chamber-cool);
  }
  .fan {
    --tone: var(--chamber-fan);
  }
  .warning {
    --tone: var(--chamber-warning);
  }
  .error,
  .fault {
    --tone: var(--chamber-error);
  }
  .info {
    --tone: var(--chamber-info);
  }
  .main {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
  }
  .actual {
    flex: 1;
  }
  .label,
  .under,
  .status,
  footer {
    display: block;
    min-block-size: 16px;
    color: var(--chamber-quiet);
    font-size: 12px;
    line-height: 16px;
  }
  .number,
  .value,
  [data-role="desired"] {
    display: inline-block;
    unicode-bidi: plaintext;
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
  }
  .number {
    contain: size layout;
    block-size: var(--row);
    font-size: clamp(24px, 16cqi - 22px, 64px);
    font-weight: 300;
    line-height: var(--row);
    letter-spacing: -0.02em;
  }
  .alarming .number {
    color: color-mix(in srgb, var(--chamber-error) 78%, var(--chamber-text));
    font-weight: 400;
  }
  .under {
    margin: 0;
  }
  .inside::before,
  .outside::before {
    content: "";
    display: inline-block;
    inline-size: 8px;
    block-size: 8px;
    margin-inline-end: 6px;
    border-radius: 50%;
    background: var(--chamber-success);
  }
  .outside::before {
    border-radius: 0;
    background: var(--chamber-error);
  }
  .desired {
    margin-inline-start: auto;
    text-align: end;
  }
  .stepper {
    display: flex;
    align-items: center;
    justify-content: end;
    block-size: var(--row);
  }
  [data-role="desired"] {
    min-inline-size: clamp(76px, 20cqi, 110px);
    padding-inline: 4px;
    border-radius: 8px;
    font-size: clamp(20px, 5cqi, 28px);
    line-height: 40px;
    text-align: center;
  }
  .draft [data-role="desired"],
  .pending [data-role="desired"],
  .waiting {
    color: var(--chamber-quiet);
    font-style: italic;
  }
  .round {
    display: grid;
    place-items: center;
    inline-size: 44px;
    block-size: 44px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--chamber-text) 7%, transparent);
    touch-action: manipulation;
    user-select: none;
    -webkit-user-select: none;
  }
  .status {
    max-inline-size: 260px;
    margin-inline-start: auto;
  }
  .rejected .status {
    color: var(--chamber-text);
    font-weight: 500;
  }
  .modes {
    display: flex;
    gap: 4px;
    padding: 4px;
    border-radius: 22px;
    background: color-mix(in srgb, var(--chamber-text) 5%, transparent);
  }
  .modes button {
    flex: 1;
    min-block-size: 36px;
    border-radius: 18px;
    font-size: 13px;
    font-weight: 500;
  }
  .modes button[aria-pressed="true"] {
    background: var(--chamber-card);
    box-shadow: 0 0 0 1px color-mix(in srgb, var(--tone, var(--chamber-quiet)) 60%, transparent);
  }
  [disabled] {
    cursor: default;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 12px;
    font-variant-numeric: tabular-nums;
  }
  .message {
    margin: 0;
    padding-block: 24px;
    color: var(--chamber-quiet);
    text-align: center;
  }
  @media (hover: hover) {
    .round:hover,
    .details button:hover,
    .modes :enabled:hover {
      background: color-mix(in srgb, var(--chamber-text) 11%, transparent);
    }
  }
`;
