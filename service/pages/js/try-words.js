/** A prediction in sentences. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, percent, signed } from "./scale.js";

const SOURCES = { audio: "the recording", lyrics: "the lyrics" };
const N_QUADRANTS = Object.keys(QUADRANTS).length;
/** How many times as likely as the next one the first must be to be far ahead, or clearly. */
const FAR_AHEAD = 5;
const CLEARLY_AHEAD = 1.75;
const CENTRE = 0.1;
const CLEAR_SHARE = 0.005;

/** The answer and how likely it is: "Most likely calm, at 52 %." */
export function headline({ quadrant, probabilities, ambiguous }) {
  const likely = `${QUADRANTS[quadrant]}, at ${percent(probabilities[quadrant])}`;
  return ambiguous ? `Hard to tell. First comes ${likely}.` : `Most likely ${likely}.`;
}

/** Where on the plane: "Slightly pleasant and quite calm." */
export function pointSentence({ valence, arousal }) {
  const isCentral = Math.hypot(valence.mean, arousal.mean) < CENTRE;
  const where = isCentral ? "near the middle" : pointWords(valence.mean, arousal.mean);
  return `${capital(where)}.`;
}

/** The numbers behind the words, for who asks for them. */
export function numbersSentence({ valence, arousal, set }) {
  const value = ({ mean, sd }) => `${signed(mean)} (standard deviation ${sd.toFixed(2)})`;
  const axes = `Valence ${value(valence)}, arousal ${value(arousal)}; both go from −1 to +1.`;
  if (set === null) return axes;
  return `${axes} Set: ${set.quadrants.join(", ")}; over all tracks, ${percent(set.coverage)} of sets hold the answer.`;
}

/** What to reckon with: "It may be happy or calm: such a list holds the answer 8 times in 10." */
export function setSentence({ set, probabilities }) {
  if (set === null) return "How often such an answer is right has not been measured here.";
  const words = set.quadrants.map((quadrant) => QUADRANTS[quadrant]);
  if (words.length === 1) return aloneSentence(set.quadrants[0], probabilities);
  if (words.length === N_QUADRANTS) return `It may be ${either(words)}: none can be ruled out.`;
  return `It may be ${either(words)}: such a list holds the answer ${timesWords(set.coverage)}.`;
}

/** How far the only one that is named is ahead: the coverage of sets is not its probability. */
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

/** How much each source weighs, the largest first, for who asks for numbers. */
export function sharesSentence({ why, personal }) {
  const user = personal?.user_id ?? "the listener";
  const told = {
    population: "what most people are expected to hear",
    others: "what other listeners said of this very track",
    level: `how ${user} answers about any music`,
    taste: `what ${user} hears in music of this sound`,
  };
  const parts = Object.keys(told)
    .map((name) => [told[name], why[name].share])
    .filter(([, share]) => share >= CLEAR_SHARE)
    .sort(([, one], [, other]) => other - one)
    .map(([name, share]) => `${name} (${percent(share)})`);
  return `What speaks for an answer, or against one, comes from ${all(parts)}.`;
}

/** Whether the listener's own answers are in it. */
export function personalSentence({ personal }) {
  if (personal === null) return "This is for nobody in particular; name a listener for their own.";
  const { user_id: user, n_labels: n, used } = personal;
  if (n === 0) return `${user} has not answered yet, so this is what everybody is told.`;
  const answers = counted(n, "answer");
  if (used) return `What ${user} answered so far (${answers}) is in it.`;
  return `${user} gave ${answers}, and none of them says anything about this music yet.`;
}

/** What recording and lyrics say alone; null unless both were used. */
export function modalitySentence({ modalities }) {
  const used = Object.entries(modalities).filter(([, probabilities]) => probabilities !== null);
  const told = used.map(([modality, probabilities]) => {
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
