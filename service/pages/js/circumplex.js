/** Russell's circumplex in plain words: quadrants, points, and what they are called. */

/** The quadrants as the wire names them, and what people read. */
export const QUADRANTS = Object.freeze({ Q1: "happy", Q2: "tense", Q3: "sad", Q4: "calm" });

const CENTRE = 0.1;
const CLEAR = 0.5;
const STRONG = 0.8;

/**
 * Return the quadrant of a point, as the service reads it: the axes belong to the upper right.
 *
 * @param {number} valence in [-1, 1]
 * @param {number} arousal in [-1, 1]
 * @returns {"Q1" | "Q2" | "Q3" | "Q4"}
 */
export function quadrantOf(valence, arousal) {
  if (arousal >= 0) return valence >= 0 ? "Q1" : "Q2";
  return valence >= 0 ? "Q4" : "Q3";
}

/**
 * Return how a coordinate of valence is said, as in "quite pleasant".
 *
 * @param {number} valence in [-1, 1]
 */
export function valenceWords(valence) {
  return degree(valence, "unpleasant", "pleasant", "neither pleasant nor unpleasant");
}

/**
 * Return how a coordinate of arousal is said, as in "slightly calm".
 *
 * @param {number} arousal in [-1, 1]
 */
export function arousalWords(arousal) {
  return degree(arousal, "calm", "excited", "neither calm nor excited");
}

/**
 * Return a point in words, as in "quite pleasant and slightly calm".
 *
 * @param {number} valence in [-1, 1]
 * @param {number} arousal in [-1, 1]
 */
export function pointWords(valence, arousal) {
  if (Math.max(Math.abs(valence), Math.abs(arousal)) < CENTRE) return "about the middle";
  return `${valenceWords(valence)} and ${arousalWords(arousal)}`;
}

/** Return a number with its sign, for people: 0.314 becomes "+0.31". */
export function signed(value) {
  const rounded = Math.abs(value).toFixed(2);
  return `${value < 0 && rounded !== "0.00" ? "\u2212" : "+"}${rounded}`;
}

function degree(value, below, above, between) {
  const size = Math.abs(value);
  if (size < CENTRE) return between;
  const word = value < 0 ? below : above;
  if (size < CLEAR) return `slightly ${word}`;
  return size < STRONG ? `quite ${word}` : `very ${word}`;
}
