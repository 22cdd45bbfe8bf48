/**
 * Charts in SVG: a line with its band, grouped bars with whiskers, rows with whiskers.
 *
 *     lineChart({ title, description, table: { head, rows },
 *       x: { label }, y: { label, ticks, format },
 *       series: [{ name, kind, marks: [{ x, value, low, high, words }, …] }] })
 *     barChart({ title, description, table,
 *       x: { label, words: ["1–4", …] }, y: { label, ticks, format },
 *       series: [{ name, kind, marks: [{ value, low, high, words } | null, …] }] })
 *     rowChart({ title, description, table, x: { label, ticks, format }, names: ["mix", …],
 *       series: [{ name, kind, marks: [{ value, low, high, words } | null, …] }] })
 *
 * Each returns a `<figure>`; the styles are in charts.css. A kind is "personal" (filled),
 * "population" (dashed, hollow) or "count". `words` describes a mark. A mark without `low` and `high`
 * has no whisker; null draws nothing.
 */

import { chart, mark, sign, verticalAxis, wordsBelow } from "./chart-frame.js";
import { svg } from "./elements.js";
import { linear, ticks } from "./scale.js";

const HEIGHT = 300;
const BELOW = 46; // room for words and the axis' name
const LEFT = 46;
const ABOVE = 28;
const ROW = 26; // the height of a row's name
const LANE = 18; // the height of each of its marks
const THICKEST = 34;
const CAP = 4; // half the width of a whisker's end
const PER_TICK = 80;

/** Return lines over numbers, each with the band of its interval. */
export function lineChart({ title, description, table, x, y, series }) {
  return chart({ title, description, table, legend: series }, (width) => {
    const room = upright(width);
    const vertical = verticalAxis(y, room);
    const last = Math.max(...series.flatMap(({ marks }) => marks.map((one) => one.x)));
    const across = ticks(0, last, Math.floor(width / PER_TICK));
    const right = linear([0, across[across.length - 1]], [room.left, room.right]);
    const words = across.map((tick) => ({ x: right(tick), text: String(tick) }));
    const at = (one, value = one.value) => ({ x: right(one.x), y: vertical.y(value) });
    const lines = series.flatMap((one) => [band(one, at), line(one, at)]);
    const marks = series.flatMap(({ kind, marks: all }) =>
      all.map((one) => {
        const shown = all.length > 1 ? { ...one, low: null } : one; // the band is its interval
        return markedBySign(shown, kind, (value) => at(one, value));
      }),
    );
    return {
      height: HEIGHT,
      parts: [vertical.axis, wordsBelow({ label: x.label, words }, room), ...lines],
      marks: marks.sort((one, other) => one.dataset.x - other.dataset.x),
    };
  });
}

/** Return groups of bars, each with the whisker of its interval. */
export function barChart({ title, description, table, x, y, series }) {
  return chart({ title, description, table, legend: series, swatch: barSign }, (width) => {
    const room = upright(width);
    const vertical = verticalAxis(y, room);
    const group = (room.right - room.left) / x.words.length;
    const middle = (i) => room.left + (i + 0.5) * group;
    const thick = Math.min(THICKEST, (group * 0.8) / series.length);
    const marks = x.words.flatMap((_, i) =>
      series.map(({ kind, marks: all }, lane) => {
        const left = middle(i) + (lane - series.length / 2) * thick;
        return bar(all[i], kind, { left, thick, y: vertical.y });
      }),
    );
    const words = x.words.map((text, i) => ({ x: middle(i), text }));
    return {
      height: HEIGHT,
      parts: [vertical.axis, wordsBelow({ label: x.label, words }, room)],
      marks: marks.filter(Boolean),
    };
  });
}

/** Return a row for each name, with a sign and a whisker for each series. */
export function rowChart({ title, description, table, x, names, series }) {
  return chart({ title, description, table, legend: series }, (width) => {
    const tall = ROW + LANE * series.length;
    const room = { left: 14, right: width - 24, top: 4, bottom: 4 + tall * names.length };
    const right = linear([x.ticks[0], x.ticks[x.ticks.length - 1]], [room.left, room.right]);
    const below = x.ticks.map((tick) => ({ x: right(tick), text: x.format(tick) }));
    const grid = below.map((tick) => stroke("grid", [tick.x, room.top], [tick.x, room.bottom]));
    const titles = names.map((text, i) =>
      svg("text", { class: "name", x: room.left, y: room.top + i * tall + LANE }, text),
    );
    const marks = names.flatMap((_, i) =>
      series.map(({ kind, marks: all }, lane) => {
        const y = room.top + i * tall + ROW + LANE * (lane + 0.3);
        return all[i] && markedBySign(all[i], kind, (value) => ({ x: right(value), y }));
      }),
    );
    return {
      height: room.bottom + BELOW,
      parts: [...grid, wordsBelow({ label: x.label, words: below }, room), ...titles],
      marks: marks.filter(Boolean),
    };
  });
}

/** Return round numbers from zero that cover counts. */
export function countTicks(counts) {
  return ticks(0, Math.max(4, ...counts), 4);
}

function upright(width) {
  return { left: LEFT, right: width - 12, top: ABOVE, bottom: HEIGHT - BELOW };
}

function band({ kind, marks }, at) {
  const corner = ({ x, y }) => `${x},${y}`;
  const wide = marks.filter(hasInterval);
  const above = wide.map((one) => corner(at(one, one.high)));
  const below = wide.map((one) => corner(at(one, one.low))).reverse();
  return svg("polygon", { class: `band ${kind}`, points: [...above, ...below].join(" ") });
}

function line({ kind, marks }, at) {
  const places = marks.map((one) => at(one)).map(({ x, y }) => `${x},${y}`);
  return svg("polyline", { class: `line ${kind}`, points: places.join(" ") });
}

function bar(one, kind, { left, thick, y }) {
  if (!one) return null;
  const at = (value) => ({ x: left + thick / 2, y: y(value) });
  const size = { width: Math.max(1, thick - 2), height: y(0) - y(one.value) };
  const body = svg("rect", { class: `bar ${kind}`, x: left + 1, y: y(one.value), ...size });
  return mark(one.words, at(one.value), body, ...whisker(one, kind, at));
}

function barSign(kind) {
  return [svg("rect", { class: `bar ${kind}`, x: 7, y: 1, width: 14, height: 14 })];
}

function markedBySign(one, kind, at) {
  const { x, y } = at(one.value);
  return mark(one.words, { x, y }, ...whisker(one, kind, at), sign(kind, x, y));
}

function hasInterval({ low, high }) {
  return typeof low === "number" && typeof high === "number";
}

/** Return a line from low to high with a stroke across each end. */
function whisker(one, kind, at) {
  if (!hasInterval(one)) return [];
  const ends = [at(one.low), at(one.high)];
  const [dx, dy] = ends[0].x === ends[1].x ? [CAP, 0] : [0, CAP];
  const look = `whisker ${kind}`;
  const caps = ends.map(({ x, y }) => stroke(look, [x - dx, y - dy], [x + dx, y + dy]));
  const [from, to] = ends.map(({ x, y }) => [x, y]);
  return [stroke(look, from, to), ...caps];
}

function stroke(class_, [x1, y1], [x2, y2]) {
  return svg("line", { class: class_, x1, y1, x2, y2 });
}
