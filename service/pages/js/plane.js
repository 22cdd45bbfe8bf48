/**
 * The plane of valence and arousal, drawn in SVG.
 *
 *     import { Plane } from "./plane.js";
 *     const plane = new Plane(document.querySelector("#plane"), {
 *       label: "Where does this music belong?",
 *       onPick: (valence, arousal) => answer(valence, arousal),
 *     });
 *     plane.mark(0.4, -0.3);                      // the answer; plane.mark(null) removes it
 *     plane.prediction(prediction);               // ellipses of 1 and 2 sd; null removes them
 *     plane.points([{ valence, arousal, quadrant, label: "Title, calm" }], (point) => show(point));
 *     plane.contours([{ kind: "personal", rings: [[[v, a], …], …], label: "you, half of it" }]);
 *     plane.arrows([{ from: { valence, arousal }, to: { valence, arousal }, label: "Title" }]);
 *
 * With `onPick`, a press picks a point, and arrow keys move a cursor (0.1, with Shift 0.02) that
 * Enter picks; while `plane.isOpen` is false both call `onRefuse` instead. Without `onPick` the plane
 * only shows: screen readers read its label and each of its `points` (one tab stop, arrow keys).
 * Coordinates are in [-1, 1]. The styles are in style.css, under `.plane`.
 */

import { AXES, QUADRANTS, pointWords, quadrantOf } from "./circumplex.js";
import { moveFocus, svg as draw } from "./elements.js";

/** Half the plane's side in units of the drawing; the margin holds marks on the border. */
const HALF = 200;
const MARGIN = 12;
const STEP = 0.1;
const FINE_STEP = 0.02;
const WORDS_AT = { Q1: [0.5, 0.62], Q2: [-0.5, 0.62], Q3: [-0.5, -0.62], Q4: [0.5, -0.62] };
const ENDS = [
  [AXES.valence[0], -0.97, 0.05, "end left"],
  [AXES.valence[1], 0.97, 0.05, "end right"],
  [AXES.arousal[0], 0, -0.95, "end"],
  [AXES.arousal[1], 0, 0.95, "end"],
];
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SQUARE = { width: 2 * HALF, height: 2 * HALF, x: -HALF, y: -HALF };
const SHAPES = {
  Q1: "M0-6 6 5-6 5Z", // a triangle that points up
  Q2: "M-5-5H5V5H-5Z", // a square
  Q3: "M0 6 6-5-6-5Z", // a triangle that points down
  Q4: "M5.5 0A5.5 5.5 0 1 1-5.5 0 5.5 5.5 0 1 1 5.5 0Z", // a disc
};

/** Return the abscissa of a valence. */
const x = (valence) => valence * HALF;

/** Return the ordinate of an arousal; SVG counts downwards. */
const y = (arousal) => -arousal * HALF;

const within = (coordinate) => Math.min(1, Math.max(-1, coordinate));
const rounded = (coordinate) => Math.round(within(coordinate) * 1000) / 1000;
let nPlanes = 0;

export class Plane {
  /**
   * @param {HTMLElement} element holds the plane; gets the class `plane`
   * @param {object} options
   * @param {string} options.label what the plane shows, or the question
   * @param {(valence: number, arousal: number) => void} [options.onPick]
   * @param {() => void} [options.onRefuse] called for a press while the plane is closed
   * @param {(words: string) => void} [options.onMove] called
   *   when the keyboard moves the cursor
   */
  constructor(element, { label, onPick, onRefuse, onMove }) {
    this.#picks = { onPick, onRefuse, onMove };
    this.#svg = draw("svg", {
      viewBox: `${-HALF - MARGIN} ${-HALF - MARGIN} ${2 * (HALF + MARGIN)} ${2 * (HALF + MARGIN)}`,
      role: onPick ? "application" : "group",
      "aria-roledescription": onPick ? "plane" : null,
      "aria-label": label,
      tabindex: onPick ? 0 : null,
      class: onPick ? "picks" : null,
    });
    // Each plane needs an id of its own for the frame that clips contours and ellipses.
    const frame = `plane-frame-${(nPlanes += 1)}`;
    const clip = draw("clipPath", { id: frame }, draw("rect", SQUARE));
    for (const name of ["contours", "guess"]) this.#layers[name].setAttribute("clip-path", `url(#${frame})`);
    this.#svg.append(clip, ...background(), ...Object.values(this.#layers));
    element.classList.add("plane");
    element.append(this.#svg);
    if (onPick) this.#listen();
  }

  #svg;
  #picks;
  #cursor = null;
  #layers = Object.fromEntries(
    ["contours", "arrows", "guess", "points", "mark", "cursor"].map((name) => [
      name,
      draw("g", { class: `layer-${name}` }),
    ]),
  );

  /** Set what screen readers read of the plane. */
  set label(label) {
    this.#svg.setAttribute("aria-label", label);
  }

  get isOpen() {
    return !this.#svg.classList.contains("shut");
  }

  set isOpen(isOpen) {
    this.#svg.classList.toggle("shut", !isOpen);
  }

  focus() {
    this.#svg.focus();
  }

  /** Show the cursor at a point; `aim(null)` removes it. */
  aim(valence, arousal) {
    this.#moveCursor(valence === null ? null : [valence, arousal]);
  }

  /** Show the answered point; `mark(null)` removes it. */
  mark(valence, arousal) {
    this.#moveCursor(null);
    if (valence === null) return this.#layers.mark.replaceChildren();
    const circle = draw("circle", { cx: x(valence), cy: y(arousal), r: 9 });
    return this.#layers.mark.replaceChildren(draw("g", { class: "mark" }, circle));
  }

  /** Show a prediction with ellipses at one and two sd; `prediction(null)` removes it. */
  prediction(prediction) {
    if (prediction === null) return this.#layers.guess.replaceChildren();
    const { valence, arousal } = prediction;
    const [cx, cy] = [x(valence.mean), y(arousal.mean)];
    const ellipse = (n) =>
      draw("ellipse", { cx, cy, rx: n * valence.sd * HALF, ry: n * arousal.sd * HALF });
    const cross = draw("path", { d: `M${cx - 7} ${cy}H${cx + 7}M${cx} ${cy - 7}V${cy + 7}` });
    const group = draw("g", { class: "guess" }, ellipse(2), ellipse(1), cross);
    return this.#layers.guess.replaceChildren(group);
  }

  /**
   * Show points, each in the shape of its quadrant; Tab reaches one of them, arrow keys the rest.
   *
   * @param {{valence: number, arousal: number, quadrant?: string, label: string}[]} points
   * @param {(point: object | null) => void} [onShow] called with the point under pointer or focus
   */
  points(points, onShow = () => {}) {
    const shapes = points.map((point, place) => pointShape(point, place === 0));
    shapes.forEach((shape, place) => {
      shape.addEventListener("focus", () => onShow(points[place]));
      shape.addEventListener("pointerenter", () => onShow(points[place]));
      shape.addEventListener("pointerleave", () => onShow(null));
      shape.addEventListener("blur", () => onShow(null));
      shape.addEventListener("keydown", (event) => moveFocus(event, shapes));
    });
    this.#layers.points.replaceChildren(...shapes);
  }

  /**
   * Show contours; `rings` are closed lines of [valence, arousal].
   *
   * @param {{kind: "personal" | "population", rings: [number, number][][], label?: string}[]} paths
   */
  contours(paths) {
    const drawn = paths.map(({ kind, rings, label }) => {
      const d = rings.map((ring) => `M${ring.map(([v, a]) => `${x(v)} ${y(a)}`).join("L")}Z`);
      const title = label ? [draw("title", {}, label)] : [];
      return draw("path", { class: `contour ${kind}`, d: d.join(""), "fill-rule": "evenodd" }, ...title);
    });
    this.#layers.contours.replaceChildren(...drawn);
  }

  /**
   * Show arrows from one point to another.
   *
   * @param {{from: {valence: number, arousal: number}, to: {valence: number, arousal: number},
   *   label?: string}[]} arrows
   */
  arrows(arrows) {
    this.#layers.arrows.replaceChildren(...arrows.map(arrow));
  }

  /** Handle a key; a page may pass on keys that were pressed elsewhere. */
  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const move = MOVES[event.key];
    if (move) {
      event.preventDefault();
      const step = event.shiftKey ? FINE_STEP : STEP;
      const [valence, arousal] = this.#cursor ?? [0, 0];
      this.#moveCursor([rounded(valence + move[0] * step), rounded(arousal + move[1] * step)]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#pick(...(this.#cursor ?? [0, 0]));
    }
  }

  #listen() {
    this.#svg.addEventListener("click", (event) => this.#pick(...this.#pointed(event)));
    this.#svg.addEventListener("keydown", (event) => this.press(event));
    this.#svg.addEventListener("blur", () => this.#moveCursor(null));
  }

  #pick(valence, arousal) {
    if (!this.isOpen) return this.#picks.onRefuse?.();
    return this.#picks.onPick(rounded(valence), rounded(arousal));
  }

  #pointed({ clientX, clientY }) {
    const at = new DOMPoint(clientX, clientY).matrixTransform(this.#svg.getScreenCTM().inverse());
    return [at.x / HALF, -at.y / HALF];
  }

  #moveCursor(point) {
    this.#cursor = point;
    if (point === null) return this.#layers.cursor.replaceChildren();
    const [valence, arousal] = point;
    const [cx, cy] = [x(valence), y(arousal)];
    const d = `M${cx - 18} ${cy}h12m12 0h12M${cx} ${cy - 18}v12m0 12v12`;
    const circle = draw("circle", { cx, cy, r: 9 });
    this.#layers.cursor.replaceChildren(draw("g", { class: "cursor" }, circle, draw("path", { d })));
    return this.#picks.onMove?.(
      `${QUADRANTS[quadrantOf(valence, arousal)]}: ${pointWords({ valence, arousal })}`,
    );
  }
}

function background() {
  const corner = { Q1: [0, -HALF], Q2: [-HALF, -HALF], Q3: [-HALF, 0], Q4: [0, 0] };
  const text = (words, at, kind) =>
    draw("text", { x: x(at[0]), y: y(at[1]), class: kind, "aria-hidden": "true" }, words);
  const quarters = Object.entries(QUADRANTS).map(([quadrant, word]) => {
    const [left, top] = corner[quadrant];
    return draw("rect", { class: `quarter ${word}`, x: left, y: top, width: HALF, height: HALF });
  });
  return [
    draw("rect", { class: "ground", ...SQUARE }),
    ...quarters,
    draw("path", { class: "axis", d: `M${-HALF} 0H${HALF}M0 ${-0.9 * HALF}V${0.9 * HALF}` }),
    draw("rect", { class: "frame", ...SQUARE }),
    ...Object.entries(QUADRANTS).map(([quadrant, word]) => text(word, WORDS_AT[quadrant], "word")),
    ...ENDS.map(([words, valence, arousal, kind]) => text(words, [valence, arousal], kind)),
  ];
}

function pointShape({ valence, arousal, quadrant, label }, isFirst) {
  const shape = SHAPES[quadrant ?? quadrantOf(valence, arousal)];
  return draw(
    "path",
    {
      class: "point",
      d: shape,
      transform: `translate(${x(valence)} ${y(arousal)})`,
      role: "img",
      "aria-label": label,
      tabindex: isFirst ? 0 : -1,
    },
    draw("title", {}, label),
  );
}

function arrow({ from, to, label }) {
  const [x1, y1, x2, y2] = [x(from.valence), y(from.arousal), x(to.valence), y(to.arousal)];
  const degrees = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const turned = `translate(${x2} ${y2}) rotate(${degrees})`;
  return draw(
    "g",
    {},
    draw("path", { class: "arrow", d: `M${x1} ${y1}L${x2} ${y2}` }),
    draw("path", { class: "arrow-tip", d: "M0 0-9 4.5-9-4.5Z", transform: turned }),
    ...(label ? [draw("title", {}, label)] : []),
  );
}
