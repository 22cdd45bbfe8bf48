/** Numbers, times, shares and names of tracks as people read them. */

const NBSP = "\u00a0";
const MINUS = "\u2212";

/** 0.624 → "62 %" */
export function percent(share) {
  return `${Math.round(share * 100)}${NBSP}%`;
}

/** { n: 36, hits: 20, … } → "20 of 36 (56 %, 40–70 %)"; a dash if there was no answer. */
export function shareWords({ n, hits, value, low, high }) {
  if (n === 0) return "–";
  return `${hits} of ${n} (${percent(value)}, ${Math.round(low * 100)}–${percent(high)})`;
}

/** 0.083 → "+8", in points of a hundred */
export function points(difference) {
  return signed(Math.round(difference * 100), 0);
}

/** -0.123 → "−0.12"; a number that rounds to zero has no sign */
export function signed(value, decimals = 2) {
  const digits = Math.abs(value).toFixed(decimals);
  if (Number(digits) === 0) return digits;
  return `${value < 0 ? MINUS : "+"}${digits}`;
}

/** 1, "answer" → "1 answer"; 2 → "2 answers" */
export function counted(n, noun, nouns = `${noun}s`) {
  return `${n.toLocaleString("en")}${NBSP}${n === 1 ? noun : nouns}`;
}

/** "2026-11-03…" → "3 Nov 2026", in UTC */
export function day(iso) {
  const form = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", form).format(new Date(iso));
}

/** 0.0123 s → "12 ms"; 2.34 → "2.3 s" */
export function duration(seconds) {
  if (seconds >= 1) return `${seconds.toFixed(1)}${NBSP}s`;
  const ms = seconds * 1000;
  return `${ms.toFixed(ms < 10 ? 1 : 0)}${NBSP}ms`;
}

/** 75.2 s → "1:15" */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Return a track's title and artist as far as they are known, else its id. */
export function trackName({ track_id, title, artist }) {
  if (!title) return track_id;
  return artist ? `${title}, ${artist}` : title;
}
