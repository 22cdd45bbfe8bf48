/** What the operator's picture says in sentences, and when it says that it is too little. */

import { counted, day, duration, percent, percentRange, points } from "./scale.js";

/** An interval of a gain that is wider tells nothing. */
const WIDEST = 0.2;
/** Of fewer listeners an interval over listeners comes out too narrow. */
const FEWEST = 5;
const REGULAR = 10; // answers

/** Answers of the last days: how many, on how many days, and when most. */
export function daysWords(days) {
  const busy = days.filter(({ n_labels }) => n_labels > 0);
  if (busy.length === 0) return `No answer came in the last ${counted(days.length, "day")}.`;
  const all = busy.reduce((sum, { n_labels }) => sum + n_labels, 0);
  const most = busy.reduce((best, one) => (one.n_labels > best.n_labels ? one : best));
  return (
    `${counted(all, "answer")} came on ${busy.length} of the last ${counted(days.length, "day")}; ` +
    `most on ${day(most.day)}: ${amountWords(most.n_labels, most.n_users)}.`
  );
}

/** 41 answers of 5 listeners */
export function amountWords(n, n_users) {
  return `${counted(n, "answer")} of ${counted(n_users, "listener")}`;
}

/** How many listeners answered, and how many of them often. */
export function usersWords(bins) {
  const all = total(bins);
  if (all === 0) return "Nobody has answered yet.";
  const regular = total(bins.filter(({ from }) => from >= REGULAR));
  return (
    `${counted(all, "listener")} answered; ${regular} of them (${percent(regular / all)}) ` +
    `${REGULAR} times or more.`
  );
}

/** What is gained by knowing the listener, where most is known and it can be told. */
export function accuracyWords(bins) {
  const told = bins.filter(isTelling);
  if (told.length === 0) return `Too little to say: ${foretoldWords(bins)}.`;
  const last = told[told.length - 1];
  return `${afterWords(last)}, knowing the listener ${gainWords(last)}.`;
}

/** With which strategy most is gained, as far as evenly drawn questions tell. */
export function strategiesWords(strategies) {
  const told = strategies.filter(isTelling);
  if (told.length === 0) return `Too little to say: ${foretoldWords(strategies)}.`;
  const [best, next] = told.sort((one, other) => other.gain.value - one.gain.value);
  const first = `With ${best.strategy}, knowing the listener ${gainWords(best)}`;
  if (!next) return `${first}. No other strategy has answers enough to compare.`;
  if (best.gain.low > next.gain.high) return `${first}, clearly more than with ${next.strategy}.`;
  return `${first}. Its interval overlaps that of ${next.strategy}: no order can be told.`;
}

/** How the models in use compare. */
export function snapshotsWords(snapshots) {
  if (snapshots.length === 0) return "Too little to say: no answer was foretold by any snapshot.";
  const primary = snapshots.find(({ role }) => role === "primary");
  const candidate = snapshots.find(({ role }) => role === "candidate");
  // Under a new calibration a snapshot foretells otherwise: it has a row of its own.
  if (!primary) return "No answer was foretold by the snapshot as it is calibrated now.";
  const now = `The snapshot in use foretold ${shareWords(primary.personal)}`;
  if (!candidate) return `${now}.`;
  const [one, other] = [primary.personal, candidate.personal];
  const isTold = one.low > other.high || other.low > one.high;
  const verdict = isTold ? "the intervals are apart" : "the intervals overlap";
  return `${now}; the candidate ${shareWords(other)}: ${verdict}, and their listeners may differ.`;
}

/** The slowest route, by the time within which 95 of 100 calls are answered. */
export function latencyWords(routes) {
  if (routes.length === 0) return "No call was answered since the service started.";
  const n = routes.reduce((sum, one) => sum + one.n, 0);
  const slow = routes.reduce((worst, one) => (one.p95_s > worst.p95_s ? one : worst));
  return (
    `Of ${counted(n, "call")} since the service started, ${slow.method} ${slow.route} was slowest: ` +
    `95 of 100 within ${duration(slow.p95_s)}.`
  );
}

/** gains 9 points (+5 to +13; 900 answers of 12 listeners) */
function gainWords({ gain, n, n_users }) {
  const interval = `(${points(gain.low)} to ${points(gain.high)}; ${amountWords(n, n_users)})`;
  const size = counted(Math.abs(Math.round(gain.value * 100)), "point");
  if (gain.low > 0) return `gains ${size} ${interval}`;
  if (gain.high < 0) return `loses ${size} ${interval}`;
  return `makes no difference that can be told ${interval}`;
}

/** 50 of 120 (42 %, 33–51 %), or a dash where nothing was foretold */
export function shareWords({ n, hits, value, low, high }) {
  return n === 0 ? "–" : `${hits} of ${n} (${percent(value)}, ${percentRange(low, high)})`;
}

/** +3 (−1 to +7), or that it cannot be said */
export function gainFigure(gain) {
  if (!hasInterval(gain)) return "too little to say";
  return `${points(gain.value)} (${points(gain.low)} to ${points(gain.high)})`;
}

/** 1–4, 50 or more, or 0 */
export function binWords(from, to) {
  if (to === null) return `${from}+`;
  return from === to ? String(from) : `${from}–${to}`;
}

function afterWords({ from_labels: from, to_labels: to }) {
  return to === null ? `After ${from} answers and more` : `After ${binWords(from, to)} answers`;
}

function foretoldWords(rows) {
  const n = rows.reduce((sum, one) => sum + one.n, 0);
  return n === 0 ? "no answer was foretold" : `${counted(n, "answer")} of too few listeners`;
}

function isTelling({ gain, n_users }) {
  return n_users >= FEWEST && hasInterval(gain) && gain.high - gain.low <= WIDEST;
}

function hasInterval({ low, high }) {
  return low !== null && high !== null;
}

function total(bins) {
  return bins.reduce((sum, { n_users }) => sum + n_users, 0);
}
