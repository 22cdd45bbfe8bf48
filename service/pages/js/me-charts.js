/** The drawings of /me, from the reply of GET /users/{user_id}/picture. */

import { lineChart } from "./chart.js";
import { QUADRANTS, pointWords } from "./circumplex.js";
import { contours, levelHolding } from "./contours.js";
import { byId, html, svg } from "./elements.js";
import { day, percent, signed, trackName } from "./format.js";
import {
  FEWEST,
  arrowWords,
  consistencyFigures,
  consistencyWords,
  differenceFigures,
  differenceWords,
  labelWords,
  pairedFigures,
  pairedWords,
  windowWords,
} from "./me-words.js";
import { Plane } from "./plane.js";
import { foldedTable } from "./tables.js";

const MASSES = [0.9, 0.5];
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const CENTRES = { Q1: [0.5, 0.5], Q2: [-0.5, 0.5], Q3: [-0.5, -0.5], Q4: [0.5, -0.5] };
const SPREAD = 0.28; // radius around the middle of a quadrant for answers without a point
const SERIES = [
  { name: "knowing you", kind: "personal", of: (window) => window.personal },
  { name: "not knowing you", kind: "population", of: (window) => window.population },
];
const HINT = "Point at a shape, or use Tab and the arrow keys, to read it.";

/** Show the answers on the plane, over contours of the predictions, and as a table. */
export function showAnswers(profile) {
  const plane = new Plane(byId("answers-plane"), { label: "Your answers on the plane" });
  plane.contours([...contourPaths(profile, "population"), ...contourPaths(profile, "personal")]);
  plane.points(answerPoints(profile.labels), readInto("answers-readout"));
  byId("answers-legend").replaceChildren(
    lineSign("personal", "expected for you: half of the music, and nine tenths"),
    lineSign("population", "expected for most people"),
  );
  const head = ["Track", "Answer", "Pleasant", "Energetic", "Liked", "Known", "Day"];
  byId("answers-table").replaceChildren(
    foldedTable("Show as a table", "Your answers", head, profile.labels.map(labelRow)),
  );
}

/** Show how the listener differs: a sentence, arrows from the population's point, and a table. */
export function showDifference(profile) {
  byId("difference").textContent = differenceWords(profile);
  const { tracks } = profile.difference;
  byId("difference-drawn").hidden = !profile.used || tracks.length === 0;
  if (byId("difference-drawn").hidden) return;
  byId("difference-figures").textContent = differenceFigures(profile);
  const plane = new Plane(byId("difference-plane"), {
    label: "Tracks that you hear differently: an arrow from the answer of most people to yours",
  });
  plane.arrows(tracks.map((track) => ({ from: track.population, to: track.personal })));
  const ends = tracks.map((track) => ({ ...track.personal, label: arrowWords(track) }));
  plane.points(ends, readInto("difference-readout"));
  const rows = tracks.map((track) => [
    trackName(track),
    pointWords(track.population),
    pointWords(track.personal),
  ]);
  const head = ["Track", "Most people", "You"];
  byId("difference-table").replaceChildren(
    foldedTable("Show as a table", "Tracks that you hear differently", head, rows),
  );
}

/** Show how often Attune was right: a sentence, and behind it figures and a chart. */
export function showHits({ paired, prequential }) {
  byId("hits").textContent = pairedWords(paired);
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
    title: "Share of answers that Attune got right, ten at a time",
    description: "A line for each way of predicting; bands are 95 % intervals.",
    x: { label: "number of the answer" },
    y: { label: "right", ticks: SHARES, format: percent },
    series,
    table: { head: ["Answers", "Right"], rows: series.flatMap(({ marks }) => marks.map(({ words }) => words.split(": "))) },
  });
  byId("hits-chart").replaceChildren(chart);
}

/** Show how often repeated questions got the same answer. */
export function showConsistency({ consistency }) {
  byId("consistency").textContent = consistencyWords(consistency);
  byId("consistency-more").hidden = consistency.n === 0;
  byId("consistency-figures").textContent = consistencyFigures(consistency);
}

function contourPaths({ axis, ...densities }, kind) {
  const { density } = densities[kind];
  return MASSES.map((mass) => ({ kind, rings: contours(density, axis, levelHolding(density, mass)) }));
}

/** Return points of the plane; an answer by word alone gets a place in its quadrant. */
function answerPoints(labels) {
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
    trackName(label),
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
  return { x, value, low, high, words: windowWords(window, name, share) };
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
