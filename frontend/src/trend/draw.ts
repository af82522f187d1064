import type { Bucket, Kind, Span } from "../api";
import { timeTicks, ticks, niceStep, type Domain } from "./scale";
import { KINDS, type Series } from "./series";

export interface Palette {
  text: string;
  grid: string;
  line: string;
  setpoint: string;
  limit: string;
  excursion: string;
  good: string;
  heaters: string;
  coolers: string;
  fans: string;
  font: string;
}

/** All that a picture is made of. `value` brings °C into the user's unit, `valueText` and `timeText` write. */
export interface Picture {
  width: number;
  height: number;
  start: number;
  end: number;
  domain: Domain;
  series: Series;
  kinds: readonly Kind[];
  limits: { low?: number | null; high?: number | null };
  palette: Palette;
  offset: number;
  value(celsius: number): number;
  valueText(value: number, step: number): string;
  timeText(at: number, step: number): string;
}

/** Where the plot lies within the canvas, in px. */
export const LEFT = 40;
export const RIGHT = 8;
const TOP = 8;
const AXIS = 20;
const LANE = 7;

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x(at: number): number;
  y(value: number): number;
}

/** The plot's edges, and where times and values (in the user's unit) lie in it. */
export const frameOf = ({ width, height, start, end, domain, kinds }: Picture): Frame => {
  const [left, right, top] = [LEFT, width - RIGHT, TOP];
  const bottom = height - AXIS - kinds.length * LANE - (kinds.length ? 3 : 0);
  return {
    left,
    right,
    top,
    bottom,
    x: (at) => left + ((at - start) / (end - start)) * (right - left),
    y: (value) => bottom - ((value - domain.min) / (domain.max - domain.min)) * (bottom - top),
  };
};

type Context = CanvasRenderingContext2D;

/** Strokes what `path` says, and leaves no dashes behind. */
const stroke = (context: Context, colour: string, width: number, dash: number[], path: () => void): void => {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  path();
  context.stroke();
  context.setLineDash([]);
};

/** Draws the whole picture. */
export const draw = (context: Context, picture: Picture): void => {
  const frame = frameOf(picture);
  context.clearRect(0, 0, picture.width, picture.height);
  context.font = picture.palette.font;
  drawAxes(context, picture, frame);
  context.save();
  context.beginPath();
  context.rect(frame.left, 0, frame.right - frame.left, picture.height);
  context.clip();
  drawExcursions(context, picture, frame);
  drawGaps(context, picture, frame);
  drawLimits(context, picture, frame);
  drawSetpoint(context, picture, frame);
  drawTemperature(context, picture, frame);
  drawBackfilled(context, picture, frame);
  drawLanes(context, picture, frame);
  context.restore();
};

const drawAxes = (context: Context, picture: Picture, { left, right, top, bottom, x, y }: Frame): void => {
  const { palette, domain, start, end } = picture;
  const step = niceStep(domain.min, domain.max, Math.max(2, Math.floor((bottom - top) / 34)));
  context.fillStyle = palette.text;
  context.textBaseline = "middle";
  context.textAlign = "right";
  stroke(context, palette.grid, 1, [], () => {
    for (const value of ticks(domain.min, domain.max, step)) {
      const at = Math.round(y(value)) + 0.5;
      context.moveTo(left, at);
      context.lineTo(right, at);
      context.fillText(picture.valueText(value, step), left - 6, at);
    }
  });
  const times = timeTicks(start, end, Math.max(2, (right - left) / 90), picture.offset);
  context.textBaseline = "bottom";
  context.textAlign = "center";
  for (const at of times.at) {
    const place = x(at);
    if (place > left + 14 && place < right - 14) {
      context.fillText(picture.timeText(at, times.step), place, picture.height - 2);
    }
  }
};

const spanOf = ([from, to]: Span, { left, right, x }: Frame): [from: number, width: number] => {
  const begin = Math.max(left, x(from));
  return [begin, Math.min(right, x(to)) - begin];
};

const drawExcursions = (context: Context, { series, palette, end }: Picture, frame: Frame): void => {
  context.fillStyle = palette.excursion;
  context.globalAlpha = 0.14;
  for (const { since, ended } of series.excursions) {
    const [from, width] = spanOf([since, ended ?? end], frame);
    if (width > 0) context.fillRect(from, frame.top, Math.max(1, width), frame.bottom - frame.top);
  }
  context.globalAlpha = 1;
};

/** Gaps are hatched: nobody knows what happened there. */
const drawGaps = (context: Context, { series, palette }: Picture, frame: Frame): void => {
  context.globalAlpha = 0.25;
  for (const gap of series.gaps) {
    const [from, width] = spanOf(gap, frame);
    if (width < 1) continue;
    context.save();
    context.beginPath();
    context.rect(from, frame.top, width, frame.bottom - frame.top);
    context.clip();
    const height = frame.bottom - frame.top;
    stroke(context, palette.text, 1, [], () => {
      for (let place = from - height; place < from + width; place += 8) {
        context.moveTo(place, frame.bottom);
        context.lineTo(place + height, frame.top);
      }
    });
    context.restore();
  }
  context.globalAlpha = 1;
};

const drawLimits = (context: Context, { limits, palette, value, domain }: Picture, frame: Frame): void => {
  const { left, right, top, bottom, y } = frame;
  const inside = (at: number): number => Math.min(bottom, Math.max(top, at));
  const [low, high] = [limits.low ?? null, limits.high ?? null];
  if (low !== null || high !== null) {
    const from = high === null ? top : inside(y(value(high)));
    const to = low === null ? bottom : inside(y(value(low)));
    context.fillStyle = palette.good;
    context.globalAlpha = 0.08;
    context.fillRect(left, from, right - left, to - from);
  }
  context.globalAlpha = 0.75;
  stroke(context, palette.limit, 1, [2, 3], () => {
    for (const limit of [low, high]) {
      if (limit === null || value(limit) < domain.min || value(limit) > domain.max) continue;
      const at = Math.round(y(value(limit))) + 0.5;
      context.moveTo(left, at);
      context.lineTo(right, at);
    }
  });
  context.globalAlpha = 1;
};

const drawSetpoint = (context: Context, { series, palette, value, end }: Picture, { x, y }: Frame): void => {
  stroke(context, palette.setpoint, 1.5, [6, 4], () => {
    let open = false;
    for (const [index, [at, setpoint]] of series.setpoint.entries()) {
      if (setpoint !== null) {
        const height = y(value(setpoint));
        if (open) context.lineTo(x(at), height);
        else context.moveTo(x(at), height);
        context.lineTo(x(series.setpoint[index + 1]?.[0] ?? end), height);
      }
      open = setpoint !== null;
    }
  });
};

/** The stretches of buckets without a gap between them, as first and last index. */
export const stretches = (series: Pick<Series, "buckets" | "gaps">): [first: number, last: number][] => {
  const found: [number, number][] = [];
  const { buckets, gaps } = series;
  let [first, gap] = [0, 0];
  for (let index = 1; index < buckets.length; index++) {
    const [before, after] = [buckets[index - 1]![0], buckets[index]![0]];
    while (gap < gaps.length && gaps[gap]![1] <= before) gap++;
    if (gap < gaps.length && gaps[gap]![0] < after) {
      found.push([first, index - 1]);
      first = index;
    }
  }
  if (buckets.length) found.push([first, buckets.length - 1]);
  return found;
};

const drawTemperature = (context: Context, { series, palette, value }: Picture, { x, y }: Frame): void => {
  const { buckets } = series;
  const line = ([at, ...values]: Bucket, which: 0 | 1 | 2): void => context.lineTo(x(at), y(value(values[which])));
  context.fillStyle = palette.line;
  context.lineJoin = "round";
  for (const [first, last] of stretches(series)) {
    const stretch = buckets.slice(first, last + 1);
    context.globalAlpha = 0.18;
    context.beginPath();
    for (const bucket of stretch) line(bucket, 2);
    for (const bucket of stretch.toReversed()) line(bucket, 1);
    context.fill();
    context.globalAlpha = 1;
    stroke(context, palette.line, 2, [], () => {
      for (const bucket of stretch) line(bucket, 0);
      if (first === last) context.arc(x(buckets[first]![0]), y(value(buckets[first]![1])), 1, 0, 7);
    });
  }
};

/** What was fetched later than it was measured has a dotted line below it. */
const drawBackfilled = (context: Context, { series, palette }: Picture, frame: Frame): void => {
  stroke(context, palette.text, 2, [2, 3], () => {
    for (const span of series.backfilled) {
      const [from, width] = spanOf(span, frame);
      if (width <= 0) continue;
      context.moveTo(from, frame.bottom - 1);
      context.lineTo(from + Math.max(2, width), frame.bottom - 1);
    }
  });
};

/** How hard a kind of part ran at each pixel of a width: 0 (not) to 101 (fully), the most where several moments fall on one. */
export const columnsOf = (
  bands: readonly [from: number, to: number, duty: number | null][],
  place: (at: number) => number,
  width: number,
): Uint8Array => {
  const columns = new Uint8Array(width);
  for (const [from, to, duty] of bands) {
    const first = Math.floor(place(from));
    const last = Math.min(width, Math.max(first + 1, Math.floor(place(to))));
    const strength = 1 + Math.round(Math.min(100, duty ?? 100));
    for (let column = Math.max(0, first); column < last; column++)
      columns[column] = Math.max(columns[column]!, strength);
  }
  return columns;
};

const drawLanes = (context: Context, picture: Picture, { left, right, bottom, x }: Frame): void => {
  for (const [index, kind] of picture.kinds.entries()) {
    const top = bottom + 4 + index * LANE;
    const columns = columnsOf(lane(picture.series, kind), (at) => x(at) - left, Math.ceil(right - left));
    context.fillStyle = picture.palette[kind];
    let begin = 0;
    for (let column = 1; column <= columns.length; column++) {
      if (columns[column] === columns[begin]) continue;
      context.globalAlpha = columns[begin] ? 0.25 + 0.006 * columns[begin]! : 0;
      context.fillRect(left + begin, top, column - begin, LANE - 2);
      begin = column;
    }
  }
  context.globalAlpha = 1;
};

/** When parts of a kind ran: as it was, or as shares of time where only those are known. */
const lane = (series: Series, kind: Kind): [number, number, number | null][] => [
  ...series.shares[kind]
    .filter(([, duty]) => duty)
    .map(([at, duty]): [number, number, number | null] => [at, at + series.step, duty]),
  ...series.bands[kind],
];

export const kindsOf = (counts: Record<Kind, number>): Kind[] => KINDS.filter((kind) => counts[kind] > 0);
