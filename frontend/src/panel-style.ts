import { css } from "./element";

/** How the page in the sidebar looks. */
export const style = css`
  :host {
    display: block;
    min-block-size: 100%;
    background: var(--primary-background-color, #fafafa);
    color: var(--chamber-text);
  }
  header {
    display: flex;
    align-items: center;
    gap: 8px;
    block-size: var(--header-height, 56px);
    padding-inline: 12px;
    background: var(--app-header-background-color, var(--chamber-accent));
    color: var(--app-header-text-color, #fff);
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
  }
  h1 {
    font-size: 20px;
    font-weight: 400;
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .icon {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    inline-size: 48px;
    block-size: 48px;
    color: inherit;
  }
  main {
    padding: 16px;
    max-inline-size: 1200px;
    margin-inline: auto;
  }
  .one {
    max-inline-size: 640px;
    margin-inline: auto;
  }
  .summary,
  .notice {
    margin: 0 0 16px;
    color: var(--chamber-quiet);
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
    display: grid;
    gap: 12px;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr));
  }
  .tile {
    box-sizing: border-box;
    block-size: 100%;
    display: grid;
    align-content: start;
    gap: 4px;
    padding: 16px;
    background: var(--chamber-card);
    border: 1px solid var(--chamber-line);
    border-inline-start: 6px solid var(--chamber-success);
    border-radius: var(--ha-card-border-radius, 12px);
    color: inherit;
    text-decoration: none;
  }
  .tile.unwatched {
    border-inline-start-color: var(--chamber-quiet);
  }
  .tile.warning,
  .tile.stale {
    border-inline-start-color: var(--chamber-warning);
  }
  .tile.excursion,
  .tile.returned,
  .tile.fault,
  .tile.lost {
    border-color: var(--chamber-error);
  }
  .name {
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .distinction {
    color: var(--chamber-quiet);
    overflow-wrap: anywhere;
  }
  .actual {
    font-size: 32px;
    line-height: 40px;
    font-variant-numeric: tabular-nums;
  }
  .desired {
    min-block-size: 1.2em;
  }
  .desired,
  .state {
    color: var(--chamber-quiet);
  }
  .excursion .state,
  .returned .state,
  .fault .state,
  .lost .state,
  .stale .state {
    color: var(--chamber-text);
    font-weight: 600;
  }
  .empty {
    text-align: center;
    padding-block: 48px;
    --mdc-icon-size: 64px;
  }
  .report {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 12px;
    margin-block-end: 16px;
  }
  select {
    font: inherit;
    color: inherit;
    background: var(--chamber-card);
    border: 1px solid var(--chamber-quiet);
    border-radius: 8px;
    min-block-size: 48px;
    padding-inline: 12px;
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .problem {
    font-weight: 600;
  }
  .action {
    display: inline-block;
    padding: 12px 20px;
    border-radius: 24px;
    border: 2px solid var(--chamber-accent);
    color: var(--chamber-text);
    text-decoration: none;
  }
`;
