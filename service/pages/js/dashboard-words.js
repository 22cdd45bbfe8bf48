/** The sentences of /dashboard. */

import { counted, day, duration, percent, points, shareWords } from "./format.js";

/** A gain with a wider interval is not reported. */
const WIDEST = 0.2;
/** Fewer listeners give an interval that is too narrow. */
const FEWEST = 5;
const REGULAR = 10; // answers

/** Return the number of answers of the last days, and the busiest day. */
export function daysWords(days) {
  const busy = days.filter(({ n_labels }) => n_labels > 0);
  if (busy.length === 0) return `No answer came in the last ${counted(days.length, "day")}.`;
  const all = busy.reduce((sum, { n_labels }) => sum + n_labels, 0);
  const most = busy.reduce((best, one) => (one.n_labels > best.n_labels ? one : best));
  return (
    `${counted(all, "answer")} came on ${busy.length} of the last ${counted(days.length, "day")}; ` +
    `the most on ${day(most.day)}: ${amountWords(most.n_labels, most.n_users)}.`
  );
}

/** 41, 5 → "41 answers of 5 listeners" */
export function amountWords(n, n_users) {
  return `${counted(n, "answer")} of ${counted(n_users, "listener")}`;
}

/** Return how many listeners answered, and how many of them often. */
export function usersWords(bins) {
  const all = total(bins);
  if (all === 0) return "Nobody has answered yet.";
  const regular = total(bins.filter(({ from }) => from >= REGULAR));
  return (
    `${counted(all, "listener")} answered; ${regular} of them (${percent(regular / all)}) ` +
    `${REGULAR} times or more.`
  );
}

/** Return what knowing the listener adds, for the largest number of answers that shows it. */
export function accuracyWords(bins) {
  const last = bins.filter((bin) => bin.from_labels > 0 && isClear(bin)).at(-1);
  if (!last) return `Too little to say: ${predictedWords(bins)}.`;
  return `${afterWords(last)}, knowing the listener ${gainWords(last)}.`;
}

/** Return the strategy that gains most, judged by randomly drawn questions. */
export function strategiesWords(strategies) {
  const clear = strategies.filter(isClear);
  if (clear.length === 0) return `Too little to say: ${predictedWords(strategies)}.`;
  const [best, next] = clear.sort((one, other) => other.gain.value - one.gain.value);
  const first = `With ${best.strategy}, knowing the listener ${gainWords(best)}`;
  if (!next) return `${first}. No other strategy has enough answers to compare.`;
  if (best.gain.low > next.gain.high) return `${first}, clearly more than with ${next.strategy}.`;
  return `${first}. Its interval overlaps that of ${next.strategy}, so neither is better for certain.`;
}

/** Return how the served snapshots compare. */
export function snapshotsWords(snapshots) {
  if (snapshots.length === 0) return "Too little to say: no snapshot has predicted an answer yet.";
  const primary = snapshots.find(({ role }) => role === "primary");
  const candidate = snapshots.find(({ role }) => role === "candidate");
  // A snapshot with a new calibration has a row of its own.
  if (!primary) return "The snapshot has predicted no answer since its last calibration.";
  const now = `The snapshot in use predicted ${shareWords(primary.personal)}`;
  if (!candidate) return `${now}.`;
  const [one, other] = [primary.personal, candidate.personal];
  const isApart = one.low > other.high || other.low > one.high;
  const verdict = isApart ? "the intervals are apart" : "the intervals overlap";
  return `${now}; the candidate ${shareWords(other)}: ${verdict}, and their listeners may differ.`;
}

/** Return the slowest route, by the 95th percentile of its latency. */
export function latencyWords(routes) {
  if (routes.length === 0) return "No call was answered since the service started.";
  const n = routes.reduce((sum, one) => sum + one.n, 0);
  const slow = routes.reduce((worst, one) => (one.p95_s > worst.p95_s ? one : worst));
  return (
    `Of ${counted(n, "call")} since the service started, ${slow.method} ${slow.route} was slowest: ` +
    `95 of 100 within ${duration(slow.p95_s)}.`
  );
}

/** Return a gain in words: gains 9 points (+5 to +13; 900 answers of 12 listeners) */
function gainWords({ gain, n, n_users }) {
  const interval = `(${points(gain.low)} to ${points(gain.high)}; ${amountWords(n, n_users)})`;
  const size = counted(Math.abs(Math.round(gain.value * 100)), "point");
  if (gain.low > 0) return `gains ${size} ${interval}`;
  if (gain.high < 0) return `loses ${size} ${interval}`;
  return `makes no clear difference ${interval}`;
}

/** Return a gain in points: "+3 (−1 to +7)". */
export function gainFigure(gain) {
  if (!hasInterval(gain)) return "too little to say";
  return `${points(gain.value)} (${points(gain.low)} to ${points(gain.high)})`;
}

/** 1, 4 → "1–4"; 50, null → "50+"; 0, 0 → "0" */
export function binWords(from, to) {
  if (to === null) return `${from}+`;
  return from === to ? String(from) : `${from}–${to}`;
}

function afterWords({ from_labels: from, to_labels: to }) {
  return to === null ? `After ${from} answers and more` : `After ${binWords(from, to)} answers`;
}

function predictedWords(rows) {
  const n = rows.reduce((sum, one) => sum + one.n, 0);
  return n === 0 ? "no answer was predicted yet" : `${counted(n, "answer")} of too few listeners`;
}

function isClear({ gain, n_users }) {
  return n_users >= FEWEST && hasInterval(gain) && gain.high - gain.low <= WIDEST;
}

function hasInterval({ low, high }) {
  return low !== null && high !== null;
}

function total(bins) {
  return bins.reduce((sum, { n_users }) => sum + n_users, 0);
}
