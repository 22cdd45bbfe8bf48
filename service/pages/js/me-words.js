/** What a listener's picture says in sentences, and when it says that nothing can be said. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, day, percent, percentRange, signed } from "./scale.js";

/** With fewer answers an interval is too wide to be drawn. */
export const FEWEST = 10;
/** From so many answers on it is said what is different for a listener. */
export const ENOUGH = 3;
/** With so many answers and no clear difference, it is not for want of answers. */
const MANY = 50;
const SIGNIFICANT = 0.05;
const MOST_HABITS = 3;
const ALIKE = 0.05;
const LITTLE = 0.15;
const MUCH = 0.3;

/** How much there is: answers, and questions that could not be answered. */
export function summary({ n_labels, n_cant_tell }) {
  if (n_labels + n_cant_tell === 0) return "You have not answered anything yet.";
  const said = `You answered ${counted(n_labels, "question")}`;
  if (n_cant_tell === 0) return `${said}.`;
  return `${said}; of ${counted(n_cant_tell, "track")} you could not tell.`;
}

/** An answer in a line: title, artist, word, day, and how well it was liked. */
export function labelWords(label) {
  const liked = label.liking === null ? "" : `; liking ${label.liking} of 5`;
  const place = label.valence === null ? " (answered by its word alone)" : "";
  return `${nameOf(label)}: ${QUADRANTS[label.quadrant]}${place}, ${day(label.created_at)}${liked}`;
}

/** A track's title and artist, as far as they are known. */
export function nameOf({ track_id, title, artist }) {
  const name = title ?? track_id;
  return artist ? `${name}, ${artist}` : name;
}

/** Which answers a listener gives more or less often than others would, the clearest first. */
export function habitWords({ habits }) {
  const total = habits.reduce((sum, { n }) => sum + n, 0);
  const clear = habits
    .filter(({ n, expected }) => Math.abs(n - expected) >= 1)
    .sort((one, other) => Math.abs(other.n - other.expected) - Math.abs(one.n - one.expected))
    .slice(0, MOST_HABITS);
  if (clear.length === 0) return ["So far you answer much as others would."];
  return clear.map(({ quadrant, n, expected }) => {
    const often = n > expected ? "more" : "less";
    const usual = Math.round(expected) === 0 ? "hardly any" : `about ${Math.round(expected)}`;
    return `You say ${QUADRANTS[quadrant]} ${often} often than others: ${n} of ${total}; ${usual} would be usual.`;
  });
}

/** How what is expected of this listener differs from what is expected of everybody. */
export function differenceWords({ difference, n_labels, used }) {
  if (!used) return "Attune expects of you what it expects of everybody so far.";
  const { valence, arousal } = difference;
  const differing = [
    compared(valence.mean, "less pleasant", "more pleasant"),
    compared(arousal.mean, "calmer", "more excited"),
  ].filter(Boolean);
  const all = differing.join(" and ");
  const how = all === "" ? "much as most would" : `as ${all} than most would`;
  const few = n_labels < FEWEST ? ", which are few" : "";
  return (
    `On average Attune expects you to hear music ${how}. ` +
    `It believes so after ${counted(n_labels, "answer")}${few}.`
  );
}

/** The figures behind that. */
export function differenceFigures({ difference: { valence, arousal } }) {
  return (
    `Valence ${shiftWords(valence)}, arousal ${shiftWords(arousal)}; ` +
    "± is how much this varies from track to track."
  );
}

/** Where a track is heard by most and by the listener. */
export function arrowWords(track) {
  const words = ({ valence, arousal }) => pointWords(valence, arousal);
  const [most, you] = [words(track.population), words(track.personal)];
  return `${nameOf(track)}: most would say ${most}; you, ${you}`;
}

/** How often Attune was right knowing the listener and not knowing them, on the same answers. */
export function pairedWords({ n, both, only_personal, only_population, p_value, log_likelihood }) {
  if (n === 0) return "Nothing can be said yet: none of your answers was predicted before it came.";
  if (n < ENOUGH) return `After ${counted(n, "answer")} nothing can be said.`;
  const verdict = verdictWords(n, only_personal - only_population, p_value);
  return (
    `Of ${counted(n, "answer")} Attune got ${both + only_personal} right knowing you, and would ` +
    `have got ${both + only_population} right not knowing you; ${verdict}.${sureWords(log_likelihood)}`
  );
}

/** The figures behind that: counts, shares, the test, and the difference in log-likelihood. */
export function pairedFigures({ paired, prequential }) {
  const { both, only_personal, only_population, neither, p_value, log_likelihood } = paired;
  return [
    `Right either way: ${both}; only knowing you: ${only_personal}; only not knowing you: ` +
      `${only_population}; neither: ${neither}.`,
    `Knowing you: ${shareWords(prequential.personal)}; not knowing you: ` +
      `${shareWords(prequential.population)}. In brackets the share and its 95 % interval.`,
    `Exact McNemar test of the answers that tell the two apart: p = ${p_value.toFixed(2)}.`,
    ...meanFigures(log_likelihood),
  ];
}

/** A window of the curve: "answers 11–20, with what it knew of you: 5 of 10 (50 %, 24–76 %)". */
export function windowWords({ from_labels, to_labels }, name, share) {
  return `Answers ${from_labels + 1}–${to_labels + 1}, ${name}: ${shareWords(share)}`;
}

/** How far the listener agrees with themselves. */
export function consistencyWords({ n, same_quadrant, distance }) {
  if (n === 0) {
    return (
      "No track was asked of you twice yet. About one question in fifteen is a repeat; from those " +
      "it is known how far you agree with yourself."
    );
  }
  const apart =
    distance === null ? "" : ` On the plane, 2 wide, the two lay about ${distance.toFixed(2)} apart.`;
  const rough = n < FEWEST ? " With so few repeats this is a rough figure." : "";
  return `Asked again, you chose the same word for ${shareWords(same_quadrant)}.${apart}${rough}`;
}

/** 20 of 36 (56 %, 40–70 %) */
export function shareWords({ n, hits, value, low, high }) {
  return `${hits} of ${n} (${percent(value)}, ${percentRange(low, high)})`;
}

function verdictWords(n, gain, p_value) {
  if (p_value < SIGNIFICANT) return gain > 0 ? "knowing you helps" : "knowing you misleads it";
  return n < MANY ? "too few to tell" : "no difference can be told";
}

/** Beside right and wrong: whether the answers were more probable, all taken together. */
function sureWords(difference) {
  if (!difference || difference.low === null) return "";
  if (difference.low > 0) return " Counting also how sure it was, knowing you helps.";
  if (difference.high < 0) return " Counting also how sure it was, knowing you misleads it.";
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
