/** The sentences of /me. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, day, shareWords, signed, trackName } from "./format.js";

/** Fewer answers give an interval too wide to draw. */
export const FEWEST = 10;
/** The least number of answers that shows how a listener differs. */
export const ENOUGH = 3;
/** With this many answers, an unclear difference is no longer due to few answers. */
const MANY = 50;
const SIGNIFICANT = 0.05;
const MOST_HABITS = 3;
const ALIKE = 0.05;
const LITTLE = 0.15;
const MUCH = 0.3;

/** Return the numbers of answers and of "can't tell". */
export function summary({ n_labels, n_cant_tell }) {
  if (n_labels + n_cant_tell === 0) return "You have not answered anything yet.";
  const answered = `You answered ${counted(n_labels, "question")}`;
  if (n_cant_tell === 0) return `${answered}.`;
  return `${answered}; for ${counted(n_cant_tell, "track")} you could not tell.`;
}

/** Return an answer in a line: title, artist, word, day and liking. */
export function labelWords(label) {
  const liked = label.liking === null ? "" : `; liked ${label.liking} of 5`;
  const place = label.valence === null ? " (answered by word)" : "";
  return `${trackName(label)}: ${QUADRANTS[label.quadrant]}${place}, ${day(label.created_at)}${liked}`;
}

/** Return which answers a listener gives more or less often than others, the clearest first. */
export function habitWords({ habits }) {
  const total = habits.reduce((sum, { n }) => sum + n, 0);
  const clear = habits
    .filter(({ n, expected }) => Math.abs(n - expected) >= 1)
    .sort((one, other) => Math.abs(other.n - other.expected) - Math.abs(one.n - one.expected))
    .slice(0, MOST_HABITS);
  if (clear.length === 0) return ["So far you answer much like others."];
  return clear.map(({ quadrant, n, expected }) => {
    const often = n > expected ? "more" : "less";
    const usual = Math.round(expected) === 0 ? "hardly any" : `about ${Math.round(expected)}`;
    return `You say ${QUADRANTS[quadrant]} ${often} often than others: ${n} of ${total}; ${usual} would be usual.`;
  });
}

/** Return how the predictions for this listener differ from those for most people. */
export function differenceWords({ difference, n_labels, used }) {
  if (!used) return "So far Attune expects of you what it expects of most people.";
  const { valence, arousal } = difference;
  const differing = [
    compared(valence.mean, "less pleasant", "more pleasant"),
    compared(arousal.mean, "quieter", "more energetic"),
  ].filter(Boolean);
  const all = differing.join(" and ");
  const how = all === "" ? "much like most people" : `as ${all} than most people`;
  const few = n_labels < FEWEST ? ", which are few" : "";
  return (
    `On average Attune expects you to hear music ${how}. ` +
    `It has learned from ${counted(n_labels, "answer")}${few}.`
  );
}

/** Return the figures behind that. */
export function differenceFigures({ difference: { valence, arousal } }) {
  return (
    `Pleasant ${shiftWords(valence)}, energetic ${shiftWords(arousal)}, on a plane 2 wide; ` +
    "± is how much this varies from track to track."
  );
}

/** Return how most people and the listener hear a track. */
export function arrowWords(track) {
  const [most, you] = [pointWords(track.population), pointWords(track.personal)];
  return `${trackName(track)}: ${most} for most people; ${you} for you`;
}

/** Return how often Attune was right with and without knowing the listener. */
export function pairedWords({ n, both, only_personal, only_population, p_value, log_likelihood }) {
  if (n === 0) return "It is too early to say: Attune has predicted none of your answers yet.";
  if (n < ENOUGH) return `It is too early to say after ${counted(n, "answer")}.`;
  const verdict = verdictWords(n, only_personal - only_population, p_value);
  return (
    `Of ${counted(n, "answer")} Attune predicted ${both + only_personal} right knowing you, and would ` +
    `have predicted ${both + only_population} right not knowing you: ${verdict}.${sureWords(log_likelihood)}`
  );
}

/** Return the figures behind that: counts, shares, a test, and the mean difference. */
export function pairedFigures({ paired, prequential }) {
  const { both, only_personal, only_population, neither, p_value, log_likelihood } = paired;
  return [
    `Right either way: ${both}; only knowing you: ${only_personal}; only not knowing you: ` +
      `${only_population}; neither: ${neither}.`,
    `Knowing you: ${shareWords(prequential.personal)}; not knowing you: ` +
      `${shareWords(prequential.population)}. In brackets the share and its 95 % interval.`,
    `Exact McNemar test of the answers that only one of them got right: p = ${p_value.toFixed(2)}.`,
    ...meanFigures(log_likelihood),
  ];
}

/** Return a window of the curve in words: "answers 11–20, with what it knew of you: 5 of 10 (50 %, 24–76 %)". */
export function windowWords({ from_labels, to_labels }, name, share) {
  return `Answers ${from_labels + 1}–${to_labels + 1}, ${name}: ${shareWords(share)}`;
}

/** Return how often the listener gave the same answer again. */
export function consistencyWords({ n, same_quadrant }) {
  if (n === 0) {
    return (
      "You have not answered a track twice yet. About one question in fifteen is a repeat, which " +
      "shows how often you give the same answer."
    );
  }
  const { hits } = same_quadrant;
  const rough = n < FEWEST ? " That is a rough figure after so few repeats." : "";
  return `You gave the same answer again for ${hits} of ${counted(n, "track")}.${rough}`;
}

/** Return the figures behind that. */
export function consistencyFigures({ n, same_quadrant, distance }) {
  if (n === 0) return "";
  const share = `Same answer: ${shareWords(same_quadrant)}, with its 95 % interval.`;
  if (distance === null) return share;
  return `${share} On the plane, 2 wide, both answers are about ${distance.toFixed(2)} apart.`;
}

function verdictWords(n, gain, p_value) {
  if (p_value < SIGNIFICANT) return gain > 0 ? "knowing you helps" : "knowing you misleads it";
  return n < MANY ? "too few to tell" : "there is no clear difference";
}

/** Return whether the answers were more probable, beside right and wrong. */
function sureWords(difference) {
  if (!difference || difference.low === null) return "";
  if (difference.low > 0) return " Counting how sure it was, knowing you helps.";
  if (difference.high < 0) return " Counting how sure it was, knowing you misleads it.";
  return "";
}

function meanFigures(difference) {
  if (!difference) return [];
  const { n, value, low, high } = difference;
  const interval = low === null ? "" : ` (95 % interval ${signed(low)} to ${signed(high)})`;
  return [
    `Mean difference in log-likelihood over ${counted(n, "answer")}, knowing you less not knowing ` +
      `you: ${signed(value)}${interval}.`,
  ];
}

function shiftWords({ mean, sd }) {
  return `${signed(mean)} (±${sd.toFixed(2)})`;
}

function compared(mean, less, more) {
  const size = Math.abs(mean);
  if (size < ALIKE) return null;
  const degree = size < LITTLE ? "a little " : size < MUCH ? "" : "much ";
  return degree + (mean < 0 ? less : more);
}
