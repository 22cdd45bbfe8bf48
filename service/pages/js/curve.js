/**
 * The emotion of a recording over time: valence and arousal with their spread, and the quadrants.
 *
 *     const curve = new Curve(element, segments, { onSeek: (seconds) => player.seek(seconds) });
 *     curve.at(12.5);   // moves the cursor, as a player does
 *
 * The drawing is a slider: arrow keys move by one segment, Page Up and Down by ten, Home and End to
 * the ends; a pointer reads a moment, and a press seeks. A table below has the same numbers. The
 * styles are in try.css.
 */

import { AXES, QUADRANTS, meanPoint, pointWords } from "./circumplex.js";
import { html, svg } from "./elements.js";
import { clock, percent, signed } from "./format.js";
import { linear, ticks } from "./scale.js";
import { foldedTable } from "./tables.js";
import { likeliest } from "./try-words.js";

const NARROWEST = 260;
const LEFT = 84; // room for the words on the axes
const RIGHT = 12;
const PANEL = 120;
const GAP = 26;
const STRIP = 30;
const BELOW = 44;
const LETTER = 8;
const FAR = 10;
const WITHIN_S = 0.02; // players round the time they seek to, perhaps into the segment before
const NAMES = { valence: "How pleasant", arousal: "How energetic" };
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -FAR, PageUp: FAR };

export class Curve {
  /**
   * @param {HTMLElement} element holds the curve
   * @param {object[]} segments of a prediction, at least one
   * @param {{onSeek?: (seconds: number) => void}} [options]
   */
  constructor(element, segments, { onSeek = () => {} } = {}) {
    this.#segments = segments;
    this.#onSeek = onSeek;
    this.#place = html("div", { class: "curve-place" });
    this.#readout = html("p", { class: "readout number", "aria-hidden": "true" });
    const figure = html("figure", { class: "curve" }, this.#place, this.#readout, numbers(segments));
    element.replaceChildren(figure);
    this.#listen();
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.#place);
    this.#draw();
  }

  #segments;
  #onSeek;
  #place;
  #readout;
  #observer;
  #svg = null;
  #cursor = null;
  #width = 0;
  #seconds = 0;

  /** Move the cursor to a moment of the recording, in seconds. */
  at(seconds) {
    this.#seconds = Math.min(Math.max(seconds, 0), this.#end);
    if (!this.#svg) return;
    const x = this.#x(this.#seconds);
    this.#cursor.setAttribute("transform", `translate(${x} 0)`);
    const words = sentence(this.#segments[this.#index], this.#seconds);
    this.#readout.textContent = words;
    this.#svg.setAttribute("aria-valuenow", this.#seconds.toFixed(1));
    this.#svg.setAttribute("aria-valuetext", words);
  }

  /** Stop following the width of the page. */
  close() {
    this.#observer.disconnect();
  }

  get #end() {
    return this.#segments.at(-1).end_s;
  }

  get #index() {
    const next = this.#segments.findIndex(({ start_s: start }) => start > this.#seconds);
    return next < 0 ? this.#segments.length - 1 : Math.max(0, next - 1);
  }

  get #x() {
    return linear([0, this.#end], [LEFT, this.#width - RIGHT]);
  }

  #draw() {
    const width = Math.max(NARROWEST, Math.floor(this.#place.clientWidth));
    if (width === this.#width) return;
    this.#width = width;
    const hadFocus = this.#svg !== null && document.activeElement === this.#svg;
    const { parts, height, bottom } = drawing(this.#segments, this.#x, width);
    const line = svg("line", { x1: 0, x2: 0, y1: GAP, y2: bottom });
    this.#cursor = svg("g", { class: "curve-cursor" }, line, svg("circle", { cy: bottom, r: 5 }));
    this.#svg = svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        role: "slider",
        tabindex: 0,
        "aria-label": "Emotion over the recording's time",
        "aria-valuemin": 0,
        "aria-valuemax": this.#end.toFixed(1),
      },
      ...parts,
      this.#cursor,
    );
    this.#place.replaceChildren(this.#svg);
    this.at(this.#seconds);
    if (hadFocus) this.#svg.focus();
  }

  #listen() {
    const place = this.#place;
    place.addEventListener("keydown", (event) => this.#press(event));
    place.addEventListener("click", (event) => this.#seek(this.#pointed(event)));
    place.addEventListener("pointermove", (event) => {
      this.#readout.textContent = this.#read(this.#pointed(event));
    });
    place.addEventListener("pointerleave", () => this.at(this.#seconds));
  }

  #press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = this.#segments.length - 1;
    const goals = { Home: 0, End: last };
    const goal = goals[event.key] ?? this.#index + (STEPS[event.key] ?? Number.NaN);
    if (Number.isNaN(goal)) return;
    event.preventDefault();
    this.#seek(this.#segments[Math.min(last, Math.max(0, goal))].start_s + WITHIN_S);
  }

  #seek(seconds) {
    this.at(seconds);
    this.#onSeek(this.#seconds);
  }

  #read(seconds) {
    const segment = this.#segments.findLast(({ start_s: start }) => start <= seconds);
    return sentence(segment ?? this.#segments[0], seconds);
  }

  #pointed({ clientX }) {
    const { left, width } = this.#svg.getBoundingClientRect();
    const x = ((clientX - left) / width) * this.#width;
    const share = (x - LEFT) / (this.#width - RIGHT - LEFT);
    return Math.min(1, Math.max(0, share)) * this.#end;
  }
}

/** Return consecutive segments of one quadrant as one stretch each. */
export function stretches(segments) {
  const found = [];
  for (const segment of segments) {
    const [quadrant] = likeliest(segment.probabilities);
    const last = found.at(-1);
    if (last?.quadrant === quadrant) last.end_s = segment.end_s;
    else found.push({ quadrant, start_s: last?.end_s ?? 0, end_s: segment.end_s });
  }
  return found;
}

function sentence(segment, seconds) {
  const [quadrant, share] = likeliest(segment.probabilities);
  const point = pointWords(meanPoint(segment));
  return `${clock(seconds)} ${QUADRANTS[quadrant]} (${percent(share)}): ${point}`;
}

function drawing(segments, x, width) {
  const room = { left: LEFT, right: width - RIGHT };
  const tops = { valence: GAP, arousal: 2 * GAP + PANEL };
  const panels = Object.keys(AXES).flatMap((axis) => panel(axis, segments, x, tops[axis], room));
  const stripTop = tops.arousal + PANEL + GAP;
  const bottom = stripTop + STRIP;
  const parts = [...panels, ...strip(segments, x, stripTop), timeAxis(segments, x, bottom, room)];
  return { parts, bottom, height: bottom + BELOW };
}

function panel(axis, segments, x, top, { left, right }) {
  const y = linear([-1, 1], [top + PANEL, top]);
  const [low, high] = AXES[axis];
  const points = middles(segments, axis);
  const corner = ({ s, value }) => `${x(s)},${y(Math.min(1, Math.max(-1, value)))}`;
  const above = points.map(({ s, mean, sd }) => corner({ s, value: mean + sd }));
  const below = points.map(({ s, mean, sd }) => corner({ s, value: mean - sd })).reverse();
  const means = points.map(({ s, mean }) => corner({ s, value: mean }));
  const text = (words, at, kind) => svg("text", { class: kind, x: left - 8, y: at + 4 }, words);
  return [
    svg("rect", { class: "panel", x: left, y: top, width: right - left, height: PANEL }),
    svg("line", { class: "zero", x1: left, x2: right, y1: y(0), y2: y(0) }),
    svg("polygon", { class: `band ${axis}`, points: [...above, ...below].join(" ") }),
    svg("polyline", { class: `line ${axis}`, points: means.join(" ") }),
    svg("text", { class: "name", x: left, y: top - 8 }, NAMES[axis]),
    text(high, top + 8, "tick end"),
    text("neither", y(0), "tick end"),
    text(low, top + PANEL - 8, "tick end"),
  ].map(unread);
}

/** Return a coordinate at the middle of each segment, extended to both ends of the recording. */
function middles(segments, axis) {
  const points = segments.map(({ start_s: start, end_s: end, [axis]: { mean, sd } }) => {
    return { s: (start + end) / 2, mean, sd };
  });
  return [{ ...points[0], s: 0 }, ...points, { ...points.at(-1), s: segments.at(-1).end_s }];
}

function strip(segments, x, top) {
  return stretches(segments).map(({ quadrant, start_s: start, end_s: end }) => {
    const [left, right] = [x(start), x(end)];
    const word = QUADRANTS[quadrant];
    const body = svg("rect", { x: left, y: top, width: right - left, height: STRIP });
    const fits = right - left > word.length * LETTER;
    const at = { x: (left + right) / 2, y: top + STRIP / 2 + 5 };
    const words = fits ? [svg("text", { class: "middle", ...at }, word)] : [];
    return unread(svg("g", { class: `stretch ${word}` }, body, ...words));
  });
}

function timeAxis(segments, x, top, { left, right }) {
  const end = segments.at(-1).end_s;
  const wanted = Math.max(2, Math.floor((right - left) / 90));
  const shown = ticks(0, end, wanted).filter((tick) => tick <= end && Number.isInteger(tick));
  const texts = shown.map((tick) => svg("text", { class: "tick middle", x: x(tick), y: top + 18 }, clock(tick)));
  const name = svg("text", { class: "tick middle", x: (left + right) / 2, y: top + 38 }, "minutes and seconds");
  return unread(svg("g", {}, ...texts, name));
}

function unread(element) {
  element.setAttribute("aria-hidden", "true");
  return element;
}

function numbers(segments) {
  const head = ["From", "Most likely", "Chance", "Pleasant", "±", "Energetic", "±"];
  const rows = segments.map(({ start_s: start, probabilities, valence, arousal }) => {
    const [quadrant, share] = likeliest(probabilities);
    const values = [valence, arousal].flatMap(({ mean, sd }) => [signed(mean), sd.toFixed(2)]);
    return [clock(start), QUADRANTS[quadrant], percent(share), ...values];
  });
  return foldedTable("Show as a table", "Emotion over time", head, rows);
}
