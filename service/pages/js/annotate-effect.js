/** What an answer changed for the listener, in one line. */

import { QUADRANTS } from "./circumplex.js";
import { counted } from "./scale.js";

/** So many kinds of moves are named one by one. */
const NAMED = 2;

/**
 * Return what a call's labels changed, or "" where that is not known.
 *
 * @param {object | null | undefined} effect as the reply of `/update` has it
 * @param {{answer: object | null, prediction?: object | null}} about the answer, null for one that
 *   was taken back, and what was predicted before it
 */
export function effectWords(effect, { answer, prediction = null }) {
  if (!effect) return "";
  const words = effect.n_moved === 0 ? stillWords(answer, prediction) : movedWords(effect);
  return answer === null ? `Undone. ${words}` : words;
}

function stillWords(answer, prediction) {
  if (answer === null) return "No track moved.";
  if (answer.cantTell) return "No track moved: “can’t tell” says nothing about other music.";
  if (prediction?.quadrant === answer.quadrant) return "No track moved: this was expected of you.";
  return "No track moved: one answer seldom changes much.";
}

function movedWords({ n_tracks, n_moved, moves }) {
  const tracks = `${n_moved} of ${counted(n_tracks, "track")} moved`;
  if (moves.length === 1) return `${tracks} ${pathWords(moves[0])} for you.`;
  const named = moves.slice(0, NAMED);
  const others = n_moved - named.reduce((sum, { n }) => sum + n, 0);
  const parts = named.map((move) => `${move.n} ${pathWords(move)}`);
  if (others > 0) parts.push(counted(others, "other"));
  return `${tracks} for you: ${parts.join(", ")}.`;
}

function pathWords({ from, to }) {
  return `from ${QUADRANTS[from]} to ${QUADRANTS[to]}`;
}
