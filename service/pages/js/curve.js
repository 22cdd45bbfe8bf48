/**
 * An emotion over a recording's time: valence and arousal with their spread, and the quadrants.
 *
 *     const curve = new Curve(element, segments, { onSeek: (seconds) => player.seek(seconds) });
 *     curve.at(12.5);   // puts the cursor there, as a player does that goes on
 *
 * `segments` are those of a prediction. The picture is a slider: arrow keys go from one segment to
 * the next, Page Up and Down ten of them, Home and End to the ends; a pointer reads where it is,
 * and a press seeks. Below it stands the same as a table. Its look is in curve.css.
 */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { html, svg } from "./drawing.js";
import { linear, percent, signed, ticks } from "./scale.js";
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
const WITHIN_S = 0.02; // a player rounds the moment it goes to, perhaps into the segment before
const AXES = {
  valence: { name: "How pleasant", ends: ["unpleasant", "pleasant"] },
  arousal: { name: "How excited", ends: ["calm", "excited"] },
};
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -FAR, PageUp: FAR };

export class Curve {
  /**
   * @param {HTMLElement} element that holds the curve
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

  /** Put the cursor at a moment of the recording. */
  at(seconds) {
    this.#seconds = Math.min(Math.max(seconds, 0), this.#end);
    if (!this.#svg) return;
    const x = this.#x(this.#seconds);
    this.#cursor.setAttribute("transform", `translate(${x} 0)`);
    const told = sentence(this.#current, this.#seconds);
    this.#readout.textContent = told;
    this.#svg.setAttribute("aria-valuenow", this.#seconds.toFixed(1));
    this.#svg.setAttribute("aria-valuetext", told);
  }

  /** Let go of what follows the page's size. */
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

  get #current() {
    return this.#segments[this.#index];
  }

  get #x() {
    return linear([0, this.#end], [LEFT, this.#width - RIGHT]);
  }

  #draw() {
    const width = Math.max(NARROWEST, Math.floor(this.#place.clientWidth));
    if (width === this.#width) return;
    this.#width = width;
    const hadFocus = this.#svg !== null && document.activeElement === this.#svg;
    const { parts, height, bottom } = picture(this.#segments, this.#x, width);
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
      this.#readout.textContent = this.#told(this.#pointed(event));
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

  #told(seconds) {
    const place = this.#segments.findLast(({ start_s: start }) => start <= seconds);
    return sentence(place ?? this.#segments[0], seconds);
  }

  #pointed({ clientX }) {
    const { left, width } = this.#svg.getBoundingClientRect();
    const x = ((clientX - left) / width) * this.#width;
    const share = (x - LEFT) / (this.#width - RIGHT - LEFT);
    return Math.min(1, Math.max(0, share)) * this.#end;
  }
}

/** A moment as a clock shows it: 75.2 becomes "1:15". */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Segments that follow each other in one quadrant, as one stretch each. */
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

function sentence({ probabilities, valence, arousal }, seconds) {
  const [quadrant, share] = likeliest(probabilities);
  const point = pointWords(valence.mean, arousal.mean);
  return `${clock(seconds)} ${QUADRANTS[quadrant]} (${percent(share)}): ${point}`;
}

function picture(segments, x, width) {
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
  const { name, ends } = AXES[axis];
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
    svg("text", { class: "name", x: left, y: top - 8 }, name),
    text(ends[1], top + 8, "tick end"),
    text("neither", y(0), "tick end"),
    text(ends[0], top + PANEL - 8, "tick end"),
  ].map(unread);
}

/** A coordinate in the middle of each segment, held to both ends of the recording. */
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
  const head = ["From", "Quadrant", "Probability", "Valence", "± sd", "Arousal", "± sd"];
  const rows = segments.map(({ start_s: start, probabilities, valence, arousal }) => {
    const [quadrant, share] = likeliest(probabilities);
    const values = [valence, arousal].flatMap(({ mean, sd }) => [signed(mean), sd.toFixed(2)]);
    return [clock(start), QUADRANTS[quadrant], percent(share), ...values];
  });
  return foldedTable("The same as a table", "Emotion over time", head, rows);
}
