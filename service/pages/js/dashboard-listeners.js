/** What the service has learnt about its listeners: in sentences, and the numbers as a table. */

import { counted, day, signed } from "./scale.js";
import { table } from "./tables.js";

const NUMBERS = [
  ["kappa", "votes of others that weigh as much as the recording"],
  ["gamma", "how closely one listener's answers follow the recording"],
  ["tau", "how far listeners differ whatever they hear"],
  ["omega", "how far listeners differ by how it sounds"],
];
const DECIMALS = 3;

/** What was learnt and how it was judged, or what is missing. */
export function listenersWords(told) {
  return { few: fewWords, waiting: waitingWords, worse: worseWords, learnt: learntWords }[
    told.state
  ](told);
}

/** The numbers that are expected of a newcomer: shipped, and learnt here. */
export function listenersFigure({ shipped, learnt }) {
  const rows = NUMBERS.map(([name, words]) => [
    `${words} (${name})`,
    numberWords(shipped[name]),
    learnt === null ? "–" : numberWords(learnt[name]),
  ]);
  return table("What is expected of a newcomer", ["Number", "Shipped", "Learnt here"], rows);
}

function fewWords(told) {
  return (
    `Nothing yet: ${readyWords(told)}, and ${told.n_needed} are needed: ` +
    `${told.n_needed - told.n_users} more. Until then the numbers that were shipped are used.`
  );
}

function waitingWords(told) {
  return `Nothing yet, but ${readyWords(told)}: enough for the next calibration.`;
}

function worseWords(told) {
  return (
    `What was learnt here predicted answers no better than what was shipped: ` +
    `${judgedWords(told.judged)}. So the shipped numbers are used.`
  );
}

function learntWords(told) {
  return (
    `What listeners answered here changed what is expected of the next one. ` +
    `It predicts answers better: ${judgedWords(told.judged)}.${chanceWords(told.judged)} ` +
    `It was last fitted on ${day(told.calibrated_at)}, to ${counted(told.n_fitted, "answer")}.`
  );
}

/** 12 listeners have answered 5 tracks or more */
function readyWords({ n_users, n_answers_each }) {
  const have = n_users === 1 ? "has" : "have";
  return `${counted(n_users, "listener")} ${have} answered about ${n_answers_each} tracks or more`;
}

/** on 137 answers of 15 listeners that it had not seen, the mean loss was 0.897 instead of … */
function judgedWords({ n_answers, n_users, shipped, learnt, low, high }) {
  const amount = `${counted(n_answers, "answer")} of ${counted(n_users, "listener")}`;
  const losses = `${learnt.toFixed(DECIMALS)} instead of ${shipped.toFixed(DECIMALS)}`;
  const interval =
    low === null ? "" : ` (difference ${signed(low, DECIMALS)} to ${signed(high, DECIMALS)})`;
  return `on ${amount} that it had not seen, the mean loss (NLL) was ${losses}${interval}`;
}

/** The interval holds 0, or there is none: better may be chance. */
function chanceWords({ high }) {
  return high !== null && high < 0 ? "" : " That may be chance.";
}

function numberWords(number) {
  return number.toPrecision(DECIMALS);
}
