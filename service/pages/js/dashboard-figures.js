/** The figures of /dashboard, from the reply of GET /overview. */

import { barChart, countTicks, rowChart } from "./chart.js";
import { amountWords, binWords, gainFigure } from "./dashboard-words.js";
import { counted, day, duration, percent, shareWords } from "./format.js";
import { table } from "./tables.js";

const SHARES = [0, 0.25, 0.5, 0.75, 1];
const SERIES = [
  { name: "knowing the listener", kind: "personal", of: (row) => row.personal },
  { name: "not knowing the listener", kind: "population", of: (row) => row.population },
];
const COMPARED = ["Answers", "Listeners", "Knowing the listener", "Not knowing the listener", "Gain, points"];

/** Return a bar for each day. */
export function daysFigure(days) {
  const marks = days.map((one) => ({
    value: one.n_labels,
    words: `${day(one.day)}: ${amountWords(one.n_labels, one.n_users)}`,
  }));
  const counts = days.map(({ n_labels }) => n_labels);
  return barChart({
    title: `In each of the last ${days.length} days`,
    description: "A bar for each day, as high as its number of answers.",
    x: { label: "day (UTC)", words: days.map((one) => shortDay(one.day)) },
    y: { label: "answers", ticks: countTicks(counts), format: String },
    series: [{ name: "answers", kind: "count", marks }],
    table: {
      head: ["Day", "Answers", "Listeners"],
      rows: days.map((one) => [day(one.day), one.n_labels, one.n_users]),
    },
  });
}

/** Return a bar for each range of numbers of answers. */
export function usersFigure(bins) {
  const words = bins.map(({ from, to }) => binWords(from, to));
  const marks = bins.map(({ n_users }, i) => ({
    value: n_users,
    words: `${counted(n_users, "listener")} with ${words[i]} answers`,
  }));
  return barChart({
    title: "Listeners by number of answers",
    description: "A bar for each range of numbers of answers.",
    x: { label: "answers", words },
    y: { label: "listeners", ticks: countTicks(bins.map(({ n_users }) => n_users)), format: String },
    series: [{ name: "listeners", kind: "count", marks }],
    table: { head: ["Answers", "Listeners"], rows: marks.map(({ value }, i) => [words[i], value]) },
  });
}

/** Return two bars with whiskers for each range of earlier answers. */
export function accuracyFigure(bins) {
  const words = bins.map(({ from_labels, to_labels }) => binWords(from_labels, to_labels));
  return barChart({
    title: "Share of answers predicted right, by answers given before",
    description: "Two bars for each range; whiskers are 95 % intervals.",
    x: { label: "answers given before", words },
    y: { label: "predicted right", ticks: SHARES, format: percent },
    series: seriesOf(bins, words.map((text) => `After ${text} answers`)),
    table: comparison("Answers given before", words, bins),
  });
}

/** Return a row for each strategy. */
export function strategiesFigure(strategies) {
  const names = strategies.map(({ strategy, n }) => `${strategy} (${counted(n, "answer")})`);
  return rowChart({
    title: "Share of answers predicted right, of randomly drawn questions",
    description: "A row for each strategy; whiskers are 95 % intervals.",
    x: { label: "predicted right", ticks: SHARES, format: percent },
    names,
    series: seriesOf(strategies, strategies.map(({ strategy }) => strategy)),
    table: comparison("Strategy", strategies.map(({ strategy }) => strategy), strategies),
  });
}

/** Return a row for each snapshot. */
export function snapshotsFigure(snapshots) {
  const names = snapshots.map(({ snapshot, role }) => `${snapshot} (${role})`);
  return rowChart({
    title: "Share of answers predicted right, by snapshot",
    description: "A row for each snapshot; whiskers are 95 % intervals.",
    x: { label: "predicted right", ticks: SHARES, format: percent },
    names,
    series: seriesOf(snapshots, names),
    table: comparison("Snapshot", names.map((text, i) => `${text}, ${span(snapshots[i])}`), snapshots),
  });
}

/** Return a table with a line for each route. */
export function latencyFigure(routes) {
  const head = ["Route", "Calls", "Half within", "95 % within", "99 % within"];
  const rows = routes.map(({ method, route, n, p50_s, p95_s, p99_s }) => [
    `${method} ${route}`,
    n.toLocaleString("en"),
    ...[p50_s, p95_s, p99_s].map(duration),
  ]);
  return table("Latency by route", head, rows);
}

function seriesOf(rows, words) {
  return SERIES.map(({ name, kind, of }) => ({
    name,
    kind,
    marks: rows.map((row, i) => shareMark(of(row), `${words[i]}, ${name}`)),
  }));
}

function shareMark(share, words) {
  const { n, value, low, high } = share;
  return n === 0 ? null : { value, low, high, words: `${words}: ${shareWords(share)}` };
}

function comparison(first, words, rows) {
  const cells = ({ n, n_users, personal, population, gain }) => [
    n,
    n_users,
    shareWords(personal),
    shareWords(population),
    gainFigure(gain),
  ];
  return { head: [first, ...COMPARED], rows: rows.map((row, i) => [words[i], ...cells(row)]) };
}

function span({ first_at, last_at }) {
  return `${day(first_at)} to ${day(last_at)}`;
}

function shortDay(iso) {
  return day(iso).split(" ").slice(0, 2).join(" ");
}
