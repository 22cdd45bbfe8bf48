/** What is said after an answer: what it was, and what the models had expected. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { html } from "./drawing.js";
import { noticeSentences } from "./notices.js";

const SURE = [
  [0.8, "it was sure"],
  [0.6, "it was fairly sure"],
  [0.45, "it was unsure"],
  [0, "it could only guess"],
];

const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

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
 * Return what the models had expected, with how sure they were, as sentences.
 *
 * @param {object | null} prediction as the wire has it, made before the answer
 * @returns {string[]}
 */
export function guessWords(prediction) {
  if (prediction === null) return ["Attune had no guess: this track has to be registered again."];
  const likeliest = Object.entries(prediction.probabilities).sort(([, p], [, q]) => q - p);
  const [[first, proba], [second, next]] = likeliest;
  const [, sure] = SURE.find(([least]) => proba >= least);
  const { valence, arousal, personal } = prediction;
  const off = [valence.sd, arousal.sd].map((sd) => sd.toFixed(1));
  const learnt = personal?.used
    ? `Learnt from ${personal.n_labels} of your answers.`
    : "It expects the same of anybody so far.";
  return [
    `Attune expected ${QUADRANTS[first]}, ${percent(proba)}, or ${QUADRANTS[second]}, ` +
      `${percent(next)}: ${sure}.`,
    `Its cross: ${pointWords(valence.mean, arousal.mean)}, give or take ${off.join(" and ")}; ` +
      "the outer line was to hold 86 of 100 answers.",
    learnt,
    ...noticeSentences(prediction),
  ];
}

/** Fill a place with an answer and the guess that stands beside it. */
export function tellGuess(place, { answer, question }) {
  const [guess, ...more] = guessWords(question.prediction);
  place.replaceChildren(
    html("p", {}, html("strong", {}, answerWords(answer))),
    html("p", {}, guess),
    ...more.map((sentence) => html("p", { class: "muted small" }, sentence)),
  );
}
