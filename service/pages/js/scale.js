/** Ticks and linear scales of charts. */

const STEPS = [1, 2, 5, 10];

/**
 * Return round numbers that cover a range: multiples of 1, 2 or 5 times a power of ten.
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

/** Return a function from a domain to a range; both are pairs. */
export function linear([fromLow, fromHigh], [toLow, toHigh]) {
  const slope = (toHigh - toLow) / (fromHigh - fromLow || 1);
  return (value) => toLow + (value - fromLow) * slope;
}
