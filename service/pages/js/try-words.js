/** A prediction in sentences. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, percent } from "./scale.js";

const SOURCES = { audio: "the recording", lyrics: "the lyrics" };
const CENTRE = 0.1;
const CLEAR_SHARE = 0.005;
const CLEAR_SHIFT = 0.005;

/** The answer and how likely it is: "Most likely calm: 52 %." */
export function headline({ quadrant, probabilities, ambiguous }) {
  const likely = `${QUADRANTS[quadrant]}, at ${percent(probabilities[quadrant])}`;
  return ambiguous ? `Hard to tell; first of all ${likely}.` : `Most likely ${likely}.`;
}

/** Where on the plane, and how sure: "Slightly pleasant and quite calm, give or take 0.28." */
export function pointSentence({ valence, arousal }) {
  const isCentral = Math.hypot(valence.mean, arousal.mean) < CENTRE;
  const where = isCentral ? "near the middle" : pointWords(valence.mean, arousal.mean);
  const spread = `valence ±${valence.sd.toFixed(2)}, arousal ±${arousal.sd.toFixed(2)}`;
  return `${capital(where)} (${spread}).`;
}

/** The quadrants that hold the answer: "80 % of such sets hold the answer; this one: calm or sad." */
export function setSentence({ set }) {
  if (set === null) return "How often such a prediction is right is not known here.";
  const share = percent(set.coverage);
  if (set.quadrants.length === Object.keys(QUADRANTS).length) {
    return `To be right ${share} of the time, no quadrant can be left out.`;
  }
  const words = either(set.quadrants.map((quadrant) => QUADRANTS[quadrant]));
  return `${share} of such sets hold the answer; this one: ${words}.`;
}

/** Where the point comes from, the largest source first. */
export function whySentence({ why, personal }) {
  const told = {
    population: "what everybody is expected to hear",
    others: "what other listeners said of this very track",
    level: `how ${personal?.user_id ?? "the listener"} answers about any music`,
    taste: `what ${personal?.user_id ?? "the listener"} hears in music of this sound`,
  };
  const parts = Object.entries(why)
    .filter(([, part]) => part.share >= CLEAR_SHARE)
    .sort(([, one], [, other]) => other.share - one.share)
    .map(([name, part]) => `${told[name]} (${percent(part.share)}${shift(name, part)})`);
  if (why.population.share >= 1 - CLEAR_SHARE) return `The point is ${told.population}.`;
  return `The point is made of ${all(parts)}.`;
}

/** Whether the listener's own answers are in it. */
export function personalSentence({ personal }) {
  if (personal === null) return "This is for nobody in particular; name a listener for their own.";
  const { user_id: user, n_labels: n, used } = personal;
  if (n === 0) return `${user} has not answered yet, so this is what everybody is told.`;
  const answers = counted(n, "answer");
  if (used) return `What ${user} answered so far (${answers}) is in it.`;
  return `${user} gave ${answers}, and they do not show yet that ${user} differs from everybody.`;
}

/** What recording and lyrics say alone; null where there is but one of them. */
export function modalitySentence({ modalities }) {
  const told = Object.entries(modalities).map(([modality, probabilities]) => {
    const [quadrant, share] = likeliest(probabilities);
    return `${SOURCES[modality]} alone would be called ${QUADRANTS[quadrant]} (${percent(share)})`;
  });
  return told.length > 1 ? `${capital(all(told))}.` : null;
}

/** The quadrant with the highest probability, and how high it is. */
export function likeliest(probabilities) {
  const pairs = Object.entries(probabilities);
  return pairs.reduce((best, pair) => (pair[1] > best[1] ? pair : best));
}

function shift(name, { valence, arousal }) {
  if (name === "population") return "";
  const moves = [
    [valence, valence > 0 ? "more pleasant" : "less pleasant"],
    [arousal, arousal > 0 ? "more excited" : "calmer"],
  ].filter(([size]) => Math.abs(size) >= CLEAR_SHIFT);
  return moves.length > 0 ? `: ${all(moves.map(([, words]) => words))}` : "";
}

function all(words) {
  return joined(words, "and");
}

function either(words) {
  return joined(words, "or");
}

function joined(words, last) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
