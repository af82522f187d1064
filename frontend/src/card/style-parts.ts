import { css } from "../element";

/** Banners and small facts. */
export const parts = css`
  .notice {
    display: flex;
    gap: 12px;
    padding: 10px 12px;
    border-radius: 12px;
    background: color-mix(in srgb, var(--tone) 13%, transparent);
    border-inline-start: 4px solid var(--tone);
  }
  .notice > ha-icon {
    flex: none;
    color: var(--tone);
  }
  .words {
    flex: 1;
    min-inline-size: 0;
  }
  .notice strong {
    display: block;
    font-weight: 500;
    line-height: 24px;
  }
  .notice p {
    margin: 0;
    font-size: 13px;
    overflow-wrap: anywhere;
  }
  .acknowledge {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-block-start: 8px;
  }
  .comment {
    flex: 1 1 100%;
    box-sizing: border-box;
    min-inline-size: 0;
    padding: 8px 10px;
    border: 1px solid var(--chamber-quiet);
    border-radius: 8px;
    background: var(--chamber-card);
    color: inherit;
    font: inherit;
  }
  .comment::placeholder {
    color: var(--chamber-quiet);
    opacity: 1;
  }
  .filled,
  .plain {
    min-block-size: 36px;
    padding-inline: 14px;
    border-radius: 18px;
    font-size: 13px;
    font-weight: 500;
  }
  .filled {
    background: var(--chamber-text);
    color: var(--chamber-card);
  }
  .plain {
    text-decoration: underline;
  }
  .details {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(150px, 48%), 1fr));
    gap: 4px 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .details button,
  .details .plainly {
    display: flex;
    align-items: center;
    gap: 10px;
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: 44px;
    padding: 4px 6px;
    border-radius: 10px;
    text-align: start;
  }
  .details ha-icon {
    flex: none;
    --mdc-icon-size: 20px;
    color: var(--chamber-quiet);
  }
  .details .on ha-icon {
    color: var(--tone, var(--chamber-accent));
  }
  .details .words {
    line-height: 18px;
  }
  .details .words > * {
    display: block;
    contain: size layout;
    block-size: 18px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;
