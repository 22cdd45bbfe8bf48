/** The drawings of /me, each from what GET /users/{user_id}/picture says. */

import { lineChart } from "./chart.js";
import { QUADRANTS, pointWords } from "./circumplex.js";
import { contours, levelHolding } from "./contours.js";
import { html, svg } from "./drawing.js";
import {
  FEWEST,
  arrowWords,
  consistencyWords,
  differenceFigures,
  differenceWords,
  labelWords,
  nameOf,
  pairedFigures,
  pairedWords,
  windowWords,
} from "./me-words.js";
import { Plane } from "./plane.js";
import { day, percent, signed } from "./scale.js";
import { foldedTable } from "./tables.js";

const MASSES = [0.9, 0.5];
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const CENTRES = { Q1: [0.5, 0.5], Q2: [-0.5, 0.5], Q3: [-0.5, -0.5], Q4: [0.5, -0.5] };
const SPREAD = 0.28; // how far words' answers are strewn about the middle of their quadrant
const SERIES = [
  { name: "knowing you", kind: "personal", of: (window) => window.personal },
  { name: "not knowing you", kind: "population", of: (window) => window.population },
];
const HINT = "Point at a shape to read it, or use Tab and the arrow keys.";

const byId = (id) => document.getElementById(id);

/** The answers on the plane over the contours of what is expected, and the answers as a table. */
export function showAnswers(picture) {
  const plane = new Plane(byId("answers-plane"), { label: "Your answers on the plane" });
  plane.contours([...lines(picture, "population"), ...lines(picture, "personal")]);
  plane.points(strewn(picture.labels), readInto("answers-readout"));
  byId("answers-legend").replaceChildren(
    lineSign("personal", "expected for you: half, nine tenths"),
    lineSign("population", "expected for everybody"),
  );
  const head = ["Track", "Answer", "Valence", "Arousal", "Liking", "Familiarity", "Day"];
  byId("answers-table").replaceChildren(
    foldedTable("Your answers as a table", "Your answers", head, picture.labels.map(labelRow)),
  );
}

/** A sentence, arrows from everybody's point to the listener's, and both in words. */
export function showDifference(picture) {
  byId("difference").textContent = differenceWords(picture);
  const { tracks } = picture.difference;
  byId("difference-drawn").hidden = !picture.used || tracks.length === 0;
  if (byId("difference-drawn").hidden) return;
  byId("difference-figures").textContent = differenceFigures(picture);
  const plane = new Plane(byId("difference-plane"), {
    label: "Tracks that you hear otherwise: arrows from where most would hear them to where you do",
  });
  plane.arrows(tracks.map((track) => ({ from: track.population, to: track.personal })));
  const ends = tracks.map((track) => ({ ...track.personal, label: arrowWords(track) }));
  plane.points(ends, readInto("difference-readout"));
  const rows = tracks.map((track) => [nameOf(track), words(track.population), words(track.personal)]);
  const head = ["Track", "Most would say", "You"];
  byId("difference-table").replaceChildren(
    foldedTable("These tracks as a table", "Tracks that you hear otherwise", head, rows),
  );
}

/** Words and figures on the same answers, and the share that was right in windows of ten. */
export function showHits({ paired, prequential }) {
  const said = pairedWords(paired);
  byId("hits").textContent = said;
  byId("hits-figures").hidden = prequential.personal === null;
  if (prequential.personal !== null) {
    const lines = pairedFigures({ paired, prequential });
    byId("hits-list").replaceChildren(...lines.map((line) => html("li", {}, line)));
  }
  const { curve } = prequential;
  byId("hits-drawn").hidden = prequential.n < FEWEST;
  if (prequential.n < FEWEST) return;
  const series = SERIES.map(({ name, kind, of }) => ({
    name,
    kind,
    marks: curve.map((window) => windowMark(window, name, of(window))),
  }));
  const chart = lineChart({
    title: "Share of answers it got right, ten at a time",
    description: `${said} Bands are 95 % intervals.`,
    x: { label: "number of the answer" },
    y: { label: "right", ticks: SHARES, format: percent },
    series,
    table: { head: ["Answers", "Right"], rows: series.flatMap(({ marks }) => marks.map(told)) },
  });
  byId("hits-chart").replaceChildren(chart);
}

/** A sentence on repeats. */
export function showConsistency({ consistency }) {
  byId("consistency").textContent = consistencyWords(consistency);
}

function lines({ axis, ...densities }, kind) {
  const { density } = densities[kind];
  return MASSES.map((mass) => ({ kind, rings: contours(density, axis, levelHolding(density, mass)) }));
}

/** Points of the plane; an answer by its word has none, so it is strewn about its quadrant. */
function strewn(labels) {
  return labels.map((label, i) => {
    const [valence, arousal] =
      label.valence === null ? place(label.quadrant, i, labels.length) : [label.valence, label.arousal];
    return { valence, arousal, quadrant: label.quadrant, label: labelWords(label) };
  });
}

function place(quadrant, i, n) {
  const [valence, arousal] = CENTRES[quadrant];
  const far = SPREAD * Math.sqrt((i + 0.5) / n); // the square root keeps them evenly dense
  return [valence + far * Math.cos(i * GOLDEN_ANGLE), arousal + far * Math.sin(i * GOLDEN_ANGLE)];
}

function labelRow(label) {
  const number = (value) => (value === null ? "–" : signed(value));
  return [
    nameOf(label),
    QUADRANTS[label.quadrant],
    number(label.valence),
    number(label.arousal),
    label.liking ?? "–",
    label.familiarity ?? "–",
    day(label.created_at),
  ];
}

function windowMark(window, name, share) {
  const x = (window.from_labels + window.to_labels) / 2 + 1;
  const { value, low, high } = share;
  return { x, value, low, high, told: windowWords(window, name, share) };
}

function told(mark) {
  const [name, share] = mark.told.split(": ");
  return [name, share];
}

function words({ valence, arousal }) {
  return pointWords(valence, arousal);
}

function readInto(id) {
  byId(id).textContent = HINT;
  return (point) => {
    byId(id).textContent = point?.label ?? HINT;
  };
}

function lineSign(kind, name) {
  const swatch = svg("svg", { viewBox: "0 0 28 16", width: 28, height: 16, "aria-hidden": "true" });
  swatch.append(svg("rect", { class: `contour ${kind}`, x: 2, y: 2, width: 24, height: 12, rx: 6 }));
  return html("li", {}, swatch, name);
}
