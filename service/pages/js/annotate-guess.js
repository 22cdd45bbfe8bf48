/** What is said after an answer: what it was, and what the models had expected. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { html } from "./drawing.js";
import { noticeSentences } from "./notices.js";
import { counted, percent } from "./scale.js";

const BEFORE = "It is told once you have answered.";
const SURE = [
  [0.8, "it was sure"],
  [0.6, "it was fairly sure"],
  [0.45, "it was unsure"],
  [0, "it could only guess"],
];

/**
 * Return what an answer is called, as in "calm: quite pleasant and slightly calm".
 *
 * @param {{valence: number, arousal: number, quadrant: string} | {cantTell: true}} answer
 */
export function answerWords(answer) {
  if (answer.cantTell) return "You cannot tell, and that is an answer.";
  const { quadrant, valence, arousal } = answer;
  return `You said ${QUADRANTS[quadrant]}: ${pointWords(valence, arousal)}.`;
}

/**
 * Return what the models had expected, and what they did without, as sentences.
 *
 * @param {object | null} prediction as the wire has it, made before the answer
 * @returns {string[]}
 */
export function guessWords(prediction) {
  if (prediction === null) return ["Attune had no guess: this track has to be registered again."];
  const likeliest = Object.entries(prediction.probabilities).sort(([, p], [, q]) => q - p);
  const [[first, proba], [second, next]] = likeliest;
  const [, sure] = SURE.find(([least]) => proba >= least);
  return [
    `Attune expected ${QUADRANTS[first]}, ${percent(proba)}, or ${QUADRANTS[second]}, ` +
      `${percent(next)}: ${sure}.`,
    ...noticeSentences(prediction),
  ];
}

/**
 * Return how the guess came about, as sentences.
 *
 * @param {object | null} prediction as the wire has it, made before the answer
 * @returns {string[]}
 */
export function reasonWords(prediction) {
  if (prediction === null) return [];
  const { valence, arousal, personal, why } = prediction;
  const off = [valence.sd, arousal.sd].map((sd) => sd.toFixed(1));
  const learnt = personal?.used
    ? `${counted(personal.n_labels, "answer")} of yours had been learnt by then.`
    : "No answer of yours had been learnt by then.";
  return [
    why.words,
    `Its cross: ${pointWords(valence.mean, arousal.mean)}, give or take ${off.join(" and ")}; ` +
      "the outer line was to hold 86 of 100 answers.",
    learnt,
  ];
}

/** Fill a place with an answer and the guess that stands beside it. */
export function tellGuess(place, { answer, question }) {
  const [guess, ...notices] = guessWords(question.prediction);
  place.replaceChildren(
    html("p", {}, html("strong", {}, answerWords(answer))),
    html("p", {}, guess),
    ...notices.map((sentence) => html("p", { class: "muted small" }, sentence)),
  );
}

/** Fill a place with how the guess came about, once there is an answer. */
export function tellReasons(place, { phase, question }) {
  const sentences = phase === "answered" ? reasonWords(question.prediction) : [BEFORE];
  place.replaceChildren(...sentences.map((sentence) => html("p", { class: "small" }, sentence)));
}
