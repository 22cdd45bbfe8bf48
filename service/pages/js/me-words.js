/** What a listener's picture says in sentences, and when it says that nothing can be said. */

import { QUADRANTS, pointWords } from "./circumplex.js";
import { counted, day, percent, percentRange, signed } from "./scale.js";

/** With fewer answers an interval is too wide for any verdict. */
export const FEWEST = 10;
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

/** How what is expected of this listener differs from what is expected of everybody. */
export function differenceWords({ difference, n_labels, used }) {
  if (!used) return "Attune expects of you what it expects of everybody: it knows too little of you.";
  const { valence, arousal } = difference;
  const differing = [
    compared(valence.mean, "less pleasant", "more pleasant"),
    compared(arousal.mean, "calmer", "more excited"),
  ].filter(Boolean);
  const all = differing.join(" and ");
  const how = all === "" ? "much as most would" : `as ${all} than most would`;
  const few = n_labels < FEWEST ? ", which are few" : "";
  return (
    `On average Attune expects you to hear music ${how}: valence ${shiftWords(valence)}, ` +
    `arousal ${shiftWords(arousal)}; ± is how much this varies from track to track. ` +
    `It believes so after ${counted(n_labels, "answer")}${few}.`
  );
}

/** Where a track is heard by most and by the listener. */
export function arrowWords(track) {
  const words = ({ valence, arousal }) => pointWords(valence, arousal);
  const [most, you] = [words(track.population), words(track.personal)];
  return `${nameOf(track)}: most would say ${most}; you, ${you}`;
}

/** How often the next answer was foretold, or that this cannot be said yet. */
export function hitWords({ n, personal, population }) {
  if (n === 0) return "Nothing can be said yet: none of your answers was foretold before it came.";
  if (n < FEWEST) return `After ${counted(n, "answer")} nothing can be said.`;
  return (
    `Before each of ${counted(n, "answer")} Attune noted what it expected. It foretold ` +
    `${shareWords(personal)}; knowing only what everybody hears, ${shareWords(population)}. ` +
    verdict(personal, population)
  );
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

function verdict(personal, population) {
  if (personal.low > population.high) return "So what it learnt of you helps.";
  if (personal.high < population.low) return "So what it learnt of you misleads it.";
  return "The intervals overlap: whether what it learnt of you helps cannot be told yet.";
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
