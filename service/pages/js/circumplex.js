/** Russell's circumplex in everyday words. */

/** The quadrants of the API and the words that people read. */
export const QUADRANTS = Object.freeze({ Q1: "happy", Q2: "tense", Q3: "sad", Q4: "calm" });

/** The ends of both axes: -1, then 1. No end is named like a quadrant. */
export const AXES = Object.freeze({
  valence: ["unpleasant", "pleasant"],
  arousal: ["quiet", "energetic"],
});

const CENTRE = 0.1;
const CLEAR = 0.5;
const STRONG = 0.8;

/**
 * Return the quadrant of a point; like in the service, an axis belongs to its positive side.
 *
 * @param {number} valence in [-1, 1]
 * @param {number} arousal in [-1, 1]
 * @returns {"Q1" | "Q2" | "Q3" | "Q4"}
 */
export function quadrantOf(valence, arousal) {
  if (arousal >= 0) return valence >= 0 ? "Q1" : "Q2";
  return valence >= 0 ? "Q4" : "Q3";
}

/** Return a coordinate on an axis in words: "valence", 0.6 → "fairly pleasant". */
export function axisWords(axis, value) {
  const [below, above] = AXES[axis];
  const size = Math.abs(value);
  if (size < CENTRE) return `neither ${below} nor ${above}`;
  const word = value < 0 ? below : above;
  if (size < CLEAR) return `slightly ${word}`;
  return size < STRONG ? `fairly ${word}` : `very ${word}`;
}

/** Return a point in words: "fairly pleasant and slightly quiet". */
export function pointWords({ valence, arousal }) {
  if (Math.max(Math.abs(valence), Math.abs(arousal)) < CENTRE) return "about the middle";
  return `${axisWords("valence", valence)} and ${axisWords("arousal", arousal)}`;
}

/** Return the middle of a prediction as a point. */
export function meanPoint({ valence, arousal }) {
  return { valence: valence.mean, arousal: arousal.mean };
}
