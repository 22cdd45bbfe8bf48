/** Round ticks, linear scales, and numbers as people read them. */

const STEPS = [1, 2, 5, 10];
const NBSP = "\u00a0";
const MINUS = "\u2212";

/**
 * Round numbers that cover a range: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param {number} low
 * @param {number} high above low
 * @param {number} [wanted] about how many
 * @returns {number[]} from at or below low to at or above high
 */
export function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((candidate) => candidate * power >= rough * (1 - 1e-9));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const exact = (i) => Number(((first + i) * step).toPrecision(12)); // 0.1 * 3 is not 0.3
  return Array.from({ length: last - first + 1 }, (_, i) => exact(i));
}

/** A function from a domain to a range; both are pairs. */
export function linear([fromLow, fromHigh], [toLow, toHigh]) {
  const slope = (toHigh - toLow) / (fromHigh - fromLow || 1);
  return (value) => toLow + (value - fromLow) * slope;
}

/** 0.624 → "62 %" */
export function percent(share) {
  return `${Math.round(share * 100)}${NBSP}%`;
}

/** 0.39, 0.78 → "39–78 %" */
export function percentRange(low, high) {
  return `${Math.round(low * 100)}–${percent(high)}`;
}

/** 0.083 → "+8", as points of a hundred */
export function points(difference) {
  return signed(Math.round(difference * 100), 0);
}

/** -0.123 → "−0.12"; what rounds to zero has no sign */
export function signed(value, decimals = 2) {
  const told = Math.abs(value).toFixed(decimals);
  if (Number(told) === 0) return told;
  return `${value < 0 ? MINUS : "+"}${told}`;
}

/** 1, "answer" → "1 answer"; 2 → "2 answers" */
export function counted(n, noun, nouns = `${noun}s`) {
  return `${n.toLocaleString("en")}${NBSP}${n === 1 ? noun : nouns}`;
}

/** "2026-11-03…" → "3 Nov 2026", as the calendar says in UTC */
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
