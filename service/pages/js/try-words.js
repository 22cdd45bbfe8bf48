/** The sentences of /try. */

import { QUADRANTS, meanPoint, pointWords } from "./circumplex.js";
import { counted, percent, signed } from "./format.js";

const SOURCES = { audio: "the recording", lyrics: "the lyrics" };
const N_QUADRANTS = Object.keys(QUADRANTS).length;
/** Ratios of the two highest probabilities: far ahead, and clearly ahead. */
const FAR_AHEAD = 5;
const CLEARLY_AHEAD = 1.75;
const CENTRE = 0.1;
const CLEAR_SHARE = 0.005;

/** Return the answer and its probability: "Most likely calm, at 52 %." */
export function headline({ quadrant, probabilities, ambiguous }) {
  const likely = `${QUADRANTS[quadrant]}, at ${percent(probabilities[quadrant])}`;
  return ambiguous ? `Hard to tell. First comes ${likely}.` : `Most likely ${likely}.`;
}

/** Return the place on the plane: "Slightly pleasant and fairly quiet." */
export function pointSentence({ valence, arousal }) {
  const isCentral = Math.hypot(valence.mean, arousal.mean) < CENTRE;
  const where = isCentral ? "near the middle" : pointWords(meanPoint({ valence, arousal }));
  return `${capital(where)}.`;
}

/** Return the numbers behind the words. */
export function numbersSentence({ valence, arousal, set }) {
  const value = ({ mean, sd }) => `${signed(mean)} ± ${sd.toFixed(2)}`;
  const axes =
    `Pleasant ${value(valence)}, energetic ${value(arousal)}; both go from −1 to +1, and about ` +
    "2 of 3 answers lie within ±.";
  if (set === null) return axes;
  const words = set.quadrants.map((quadrant) => QUADRANTS[quadrant]);
  return `${axes} Likely answers: ${words.join(", ")}; such a list holds the answer for ${percent(set.coverage)} of all tracks.`;
}

/** Return the likely answers: "It may be happy or calm: such a list holds the answer 8 times in 10." */
export function setSentence({ set, probabilities }) {
  if (set === null) return "Attune does not know yet how often such a prediction is right.";
  const words = set.quadrants.map((quadrant) => QUADRANTS[quadrant]);
  if (words.length === 1) return aloneSentence(set.quadrants[0], probabilities);
  if (words.length === N_QUADRANTS) return `It may be ${joined(words, "or")}: none can be ruled out.`;
  return `It may be ${joined(words, "or")}: such a list holds the answer ${timesWords(set.coverage)}.`;
}

/** Return how far a single likely answer is ahead; the coverage is not its probability. */
function aloneSentence(quadrant, probabilities) {
  const others = Object.entries(probabilities).filter(([name]) => name !== quadrant);
  const [next, share] = likeliest(Object.fromEntries(others));
  const [word, nextWord] = [capital(QUADRANTS[quadrant]), QUADRANTS[next]];
  const ahead = probabilities[quadrant] / share;
  if (ahead >= FAR_AHEAD) return `${word} stands out: nothing else comes near.`;
  if (ahead < CLEARLY_AHEAD) return `${word} is ahead of ${nextWord}, but not by much.`;
  const times = ["twice", "three times", "four times", "five times"][Math.round(ahead) - 2];
  return `${word} stands out: it is about ${times} as likely as ${nextWord}.`;
}

/** 0.8 → "8 times in 10"; 0.85 → "85 times in 100" */
function timesWords(share) {
  const inHundred = Math.round(share * 100);
  return inHundred % 10 === 0 ? `${inHundred / 10} times in 10` : `${inHundred} times in 100`;
}

/** Return how much each source weighs, the largest first. */
export function sharesSentence({ why, personal }) {
  const user = personal?.user_id ?? "the listener";
  const sources = {
    population: "what most people hear in such music",
    others: "what others answered for this track",
    level: `how ${user} answers in general`,
    taste: `how ${user} answers for music that sounds like this`,
  };
  const parts = Object.keys(sources)
    .map((name) => [sources[name], why[name].share])
    .filter(([, share]) => share >= CLEAR_SHARE)
    .sort(([, one], [, other]) => other - one)
    .map(([name, share]) => `${name} (${percent(share)})`);
  return `This prediction comes from ${joined(parts, "and")}.`;
}

/** Return whether the prediction uses the listener's own answers. */
export function personalSentence({ personal }) {
  if (personal === null) return "This holds for most people. Enter a listener to see what they would hear.";
  const { user_id: user, n_labels: n, used } = personal;
  if (n === 0) return `${user} has not answered yet, so this holds for most people.`;
  const answers = counted(n, "answer");
  if (used) return `This uses what ${user} answered so far (${answers}).`;
  return `${user} gave ${answers}, but they say nothing about this music yet.`;
}

/** Return what recording and lyrics predict alone; null unless both were used. */
export function modalitySentence({ modalities }) {
  const used = Object.entries(modalities).filter(([, probabilities]) => probabilities !== null);
  const parts = used.map(([modality, probabilities]) => {
    const [quadrant, share] = likeliest(probabilities);
    return `${SOURCES[modality]} alone would be ${QUADRANTS[quadrant]} (${percent(share)})`;
  });
  return parts.length > 1 ? `${capital(joined(parts, "and"))}.` : null;
}

/** Return the quadrant with the highest probability, and that probability. */
export function likeliest(probabilities) {
  const pairs = Object.entries(probabilities);
  return pairs.reduce((best, pair) => (pair[1] > best[1] ? pair : best));
}

function joined(words, last) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
