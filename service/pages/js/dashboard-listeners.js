/** What the service has learned about its listeners: sentences and a table. */

import { counted, day, signed } from "./format.js";
import { table } from "./tables.js";

const NUMBERS = [
  ["kappa", "votes of others that weigh as much as the recording"],
  ["gamma", "how closely one listener's answers follow the recording"],
  ["tau", "how far listeners differ whatever they hear"],
  ["omega", "how far listeners differ by how it sounds"],
];
const DECIMALS = 3;

/** Return what was learned and how it was evaluated, or what is missing. */
export function listenersWords(listeners) {
  const words = { few: fewWords, waiting: waitingWords, worse: worseWords, learnt: learntWords };
  return words[listeners.state](listeners);
}

/** Return the numbers of a new listener: shipped, and learned here. */
export function listenersFigure({ shipped, learnt }) {
  const rows = NUMBERS.map(([name, words]) => [
    `${words} (${name})`,
    numberWords(shipped[name]),
    learnt === null ? "–" : numberWords(learnt[name]),
  ]);
  return table("What is expected of a new listener", ["Number", "Shipped", "Learned here"], rows);
}

function fewWords(listeners) {
  return (
    `Nothing yet: ${readyWords(listeners)}, and ${listeners.n_needed} are needed: ` +
    `${listeners.n_needed - listeners.n_users} more. Until then the shipped numbers are used.`
  );
}

function waitingWords(listeners) {
  return `Nothing yet, but ${readyWords(listeners)}: enough for the next calibration.`;
}

function worseWords(listeners) {
  return (
    `The numbers learned here predicted answers no better than the shipped ones: ` +
    `${judgedWords(listeners.judged)}. So the shipped numbers are used.`
  );
}

function learntWords(listeners) {
  return (
    `The answers given here changed what is expected of the next listener. ` +
    `That predicts answers better: ${judgedWords(listeners.judged)}.${chanceWords(listeners.judged)} ` +
    `It was last fitted on ${day(listeners.calibrated_at)}, to ${counted(listeners.n_fitted, "answer")}.`
  );
}

/** Return how many listeners have enough answers. */
function readyWords({ n_users, n_answers_each }) {
  const have = n_users === 1 ? "has" : "have";
  return `${counted(n_users, "listener")} ${have} answered about ${n_answers_each} tracks or more`;
}

/** Return the evaluation: answers, listeners, and the mean loss of both. */
function judgedWords({ n_answers, n_users, shipped, learnt, low, high }) {
  const amount = `${counted(n_answers, "answer")} of ${counted(n_users, "listener")}`;
  const losses = `${learnt.toFixed(DECIMALS)} instead of ${shipped.toFixed(DECIMALS)}`;
  const interval =
    low === null ? "" : ` (difference ${signed(low, DECIMALS)} to ${signed(high, DECIMALS)})`;
  return `on ${amount} that were held out, the mean loss (NLL) was ${losses}${interval}`;
}

/** Return a warning if the interval holds 0 or is missing. */
function chanceWords({ high }) {
  return high !== null && high < 0 ? "" : " That may be chance.";
}

function numberWords(number) {
  return number.toPrecision(DECIMALS);
}
