/**
 * The frame of every chart: a caption, a legend, a drawing that fills the width, marks that are read
 * one by one (pointer, touch, arrow keys), and a table of the same numbers.
 *
 * A drawing is repeated when the width changes, so that its letters keep their size.
 */

import { html, moveFocus, svg } from "./elements.js";
import { linear } from "./scale.js";
import { foldedTable } from "./tables.js";

const NARROWEST = 240;
const LETTER = 7.2; // the mean width of a letter at 13 px
const RADIUS = 4.5; // of a disc; a square is wider, so that both show where they meet
const SIDE = 12;
const HINT = "Point at a mark, or use Tab and the arrow keys, to read it.";
let nDrawings = 0;

/**
 * Return a figure around a drawing.
 *
 * @param {object} frame
 * @param {string} frame.title
 * @param {string} frame.description for screen readers
 * @param {{name: string, kind: string}[]} frame.legend the series; one alone is not listed
 * @param {{head: string[], rows: string[][]}} frame.table
 * @param {(kind: string) => SVGElement[]} [frame.swatch] draws a series in the legend
 * @param {(width: number) => {height: number, parts: Element[], marks: SVGElement[]}} drawing
 *     `marks` in the order of the arrow keys
 * @returns {HTMLElement}
 */
export function chart({ title, description, legend, table, swatch = lineSign }, drawing) {
  const place = html("div", { class: "drawing" });
  const readout = html("p", { class: "readout", "aria-hidden": "true" }, HINT);
  const figure = html("figure", { class: "chart-figure" }, html("figcaption", {}, title));
  if (legend.length > 1) figure.append(legendOf(legend, swatch));
  const numbers = foldedTable("Show as a table", title, table.head, table.rows);
  figure.append(place, readout, numbers);
  let width = 0;
  const redraw = () => {
    const now = Math.max(NARROWEST, Math.floor(place.clientWidth));
    if (now === width) return;
    width = now;
    place.replaceChildren(drawnChart(title, description, width, drawing(width)));
  };
  new ResizeObserver(redraw).observe(place);
  makeReadable(place, (words) => {
    readout.textContent = words ?? HINT;
  });
  return figure;
}

/** Return the sign of a series at a place; the shapes differ, so that colour is not needed. */
export function sign(kind, x, y) {
  const class_ = `sign ${kind}`;
  if (kind === "personal") return svg("circle", { class: class_, cx: x, cy: y, r: RADIUS });
  const corner = { x: x - SIDE / 2, y: y - SIDE / 2 };
  return svg("rect", { class: class_, ...corner, width: SIDE, height: SIDE });
}

/** Return a mark that can be read: its sentence, its place, its parts. */
export function mark(words, { x, y }, ...parts) {
  const place = { "data-x": x, "data-y": y };
  const attributes = { class: "read", role: "img", "aria-label": words, tabindex: -1 };
  return svg("g", { ...attributes, ...place }, ...parts);
}

/**
 * Return the vertical axis: grid lines, numbers and a name; `y` is the ordinate of a value.
 *
 * @param {{label: string, ticks: number[], format: (tick: number) => string}} axis
 * @param {{left: number, right: number, top: number, bottom: number}} room
 */
export function verticalAxis({ label, ticks, format }, room) {
  const y = linear([ticks[0], ticks[ticks.length - 1]], [room.bottom, room.top]);
  const lines = ticks.flatMap((tick) => [
    svg("line", { class: "grid", x1: room.left, x2: room.right, y1: y(tick), y2: y(tick) }),
    svg("text", { class: "tick end", x: room.left - 6, y: y(tick) + 4 }, format(tick)),
  ]);
  const name = svg("text", { class: "axis", x: 0, y: 12 }, label);
  return { y, axis: svg("g", { "aria-hidden": "true" }, ...lines, name) };
}

/** Return the words below the drawing, as many as fit, and the name of the axis. */
export function wordsBelow({ label, words }, room) {
  const y = room.bottom + 18;
  const texts = spaced(words).map(({ x, text }) => svg("text", { class: "tick middle", x, y }, text));
  const middle = { x: (room.left + room.right) / 2, y: room.bottom + 38 };
  const name = svg("text", { class: "axis middle", ...middle }, label);
  return svg("g", { "aria-hidden": "true" }, ...texts, name);
}

/** Return every n-th word, so that none touches the next. */
function spaced(words) {
  const widest = Math.max(0, ...words.map(({ text }) => text.length)) * LETTER + 8;
  const apart = words.length > 1 ? Math.abs(words[1].x - words[0].x) : widest;
  const step = Math.max(1, Math.ceil(widest / apart));
  return words.filter((_, i) => i % step === 0);
}

function drawnChart(title, description, width, { height, parts, marks }) {
  nDrawings += 1;
  const [name, more] = [`chart-${nDrawings}-title`, `chart-${nDrawings}-desc`];
  marks[0]?.setAttribute("tabindex", "0");
  const viewBox = `0 0 ${width} ${height}`;
  return svg(
    "svg",
    { viewBox, role: "group", "aria-labelledby": name, "aria-describedby": more },
    svg("title", { id: name }, title),
    svg("desc", { id: more }, description),
    ...parts,
    ...marks,
  );
}

/** Return a series of lines or rows in a legend, 28 wide and 16 high. */
function lineSign(kind) {
  return [svg("line", { class: `line ${kind}`, x1: 0, x2: 28, y1: 8, y2: 8 }), sign(kind, 14, 8)];
}

function legendOf(series, swatch) {
  const size = { viewBox: "0 0 28 16", width: 28, height: 16, "aria-hidden": "true" };
  const items = series.map(({ name, kind }) => html("li", {}, svg("svg", size, ...swatch(kind)), name));
  return html("ul", { class: "legend" }, ...items);
}

/** Make marks readable: Tab reaches one, arrows the others, a pointer the nearest. */
function makeReadable(place, show) {
  const marks = () => [...place.querySelectorAll(".read")];
  const read = (one) => {
    for (const other of marks()) other.classList.toggle("is-read", other === one);
    show(one?.getAttribute("aria-label"));
  };
  const readNearest = (event) => read(nearest(place, marks(), event));
  place.addEventListener("focusin", ({ target }) => read(target.closest(".read")));
  place.addEventListener("pointermove", readNearest);
  place.addEventListener("pointerdown", readNearest);
  place.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "touch") return; // a lifted finger leaves the mark to be read
    read(place.contains(document.activeElement) ? document.activeElement.closest(".read") : null);
  });
  place.addEventListener("keydown", (event) => moveFocus(event, marks()));
}

function nearest(place, marks, { clientX, clientY }) {
  const { left, top } = place.getBoundingClientRect();
  const [x, y] = [clientX - left, clientY - top];
  const distance = ({ dataset }) => Math.hypot(dataset.x - x, dataset.y - y);
  return marks.reduce((best, one) => (best && distance(best) <= distance(one) ? best : one), null);
}
