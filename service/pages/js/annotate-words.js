/** The texts beside an answer: the answer, what Attune expected and why, and what changed. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, percent } from "./format.js";
import { noticeMessages } from "./messages.js";

const SURE = [
  [0.8, "it was sure"],
  [0.6, "it was fairly sure"],
  [0.45, "it was unsure"],
  [0, "it could only guess"],
];
/** This many kinds of moves are listed one by one. */
const MOST_MOVES = 2;

/**
 * Return an answer as a sentence.
 *
 * @param {{valence: number, arousal: number, quadrant: string} | {cantTell: true}} answer
 */
export function answerWords(answer) {
  if (answer.cantTell) return "You cannot tell, and that is an answer.";
  return `You said ${QUADRANTS[answer.quadrant]}: ${pointWords(answer)}.`;
}

/**
 * Return what Attune expected, and what it had to do without, as sentences.
 *
 * @param {object | null} prediction made before the answer
 * @returns {string[]}
 */
export function predictionWords(prediction) {
  if (prediction === null) return ["Attune expected nothing: this track must be registered again."];
  const likeliest = Object.entries(prediction.probabilities).sort(([, p], [, q]) => q - p);
  const [[first, proba], [second, next]] = likeliest;
  const [, sure] = SURE.find(([least]) => proba >= least);
  return [
    `Attune expected ${QUADRANTS[first]}, ${percent(proba)}, or ${QUADRANTS[second]}, ` +
      `${percent(next)}: ${sure}.`,
    ...noticeMessages(prediction),
  ];
}

/**
 * Return why Attune expected that, as sentences.
 *
 * @param {object | null} prediction made before the answer
 * @returns {string[]}
 */
export function reasonWords(prediction) {
  if (prediction === null) return [];
  const { personal, why } = prediction;
  return [
    why.words,
    "The cross marks what Attune expected; about 6 of 7 answers fall within the outer line.",
    personal?.used
      ? `Attune had learned from ${counted(personal.n_labels, "answer")} of yours.`
      : "Attune had not learned from your answers yet.",
  ];
}

/**
 * Return what a call's labels changed, or "" if that is unknown.
 *
 * @param {object | null | undefined} effect of the reply of `/update`
 * @param {{answer: object | null, prediction?: object | null}} about the answer, null for one that
 *   was undone, and the prediction before it
 */
export function effectWords(effect, { answer, prediction = null }) {
  if (!effect) return "";
  const words = effect.n_moved === 0 ? unmovedWords(answer, prediction) : movedWords(effect);
  return answer === null ? `Undone. ${words}` : words;
}

function unmovedWords(answer, prediction) {
  if (answer === null) return "No track moved.";
  if (answer.cantTell) return "No track moved: “can’t tell” says nothing about other music.";
  if (prediction?.quadrant === answer.quadrant) return "No track moved: Attune expected this of you.";
  return "No track moved: one answer seldom changes much.";
}

function movedWords({ n_tracks, n_moved, moves }) {
  const tracks = `${n_moved} of ${counted(n_tracks, "track")} moved`;
  if (moves.length === 1) return `${tracks} ${pathWords(moves[0])} for you.`;
  const listed = moves.slice(0, MOST_MOVES);
  const others = n_moved - listed.reduce((sum, { n }) => sum + n, 0);
  const parts = listed.map((move) => `${move.n} ${pathWords(move)}`);
  if (others > 0) parts.push(counted(others, "other"));
  return `${tracks} for you: ${parts.join(", ")}.`;
}

function pathWords({ from, to }) {
  return `from ${QUADRANTS[from]} to ${QUADRANTS[to]}`;
}
