/** Numbers, scales and the plane's words as people read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arousalWords,
  pointWords,
  quadrantOf,
  valenceWords,
} from "../../../../service/pages/js/circumplex.js";
import {
  counted,
  day,
  duration,
  linear,
  percent,
  percentRange,
  points,
  signed,
  ticks,
} from "../../../../service/pages/js/scale.js";

const CASES = [
  [() => quadrantOf(0.5, 0.5), "Q1"],
  [() => quadrantOf(-0.5, 0.5), "Q2"],
  [() => quadrantOf(-0.5, -0.5), "Q3"],
  [() => quadrantOf(0.5, -0.5), "Q4"],
  [() => quadrantOf(0, 0), "Q1"],
  [() => quadrantOf(-0.001, 0), "Q2"],
  [() => quadrantOf(0, -0.001), "Q4"],
  [() => valenceWords(0.05), "neither pleasant nor unpleasant"],
  [() => valenceWords(-0.3), "slightly unpleasant"],
  [() => arousalWords(0.6), "quite excited"],
  [() => arousalWords(-0.9), "very calm"],
  [() => pointWords(0.3, -0.6), "slightly pleasant and quite calm"],
  [() => percent(0.624), "62\u00a0%"],
  [() => percentRange(0.39, 0.78), "39–78\u00a0%"],
  [() => points(-0.083), "\u22128"],
  [() => signed(0.314), "+0.31"],
  [() => signed(-0.314), "\u22120.31"],
  [() => signed(-0.001), "0.00"],
  [() => counted(1, "answer"), "1\u00a0answer"],
  [() => counted(1234, "answer"), "1,234\u00a0answers"],
  [() => counted(2, "listener was", "listeners were"), "2\u00a0listeners were"],
  [() => day("2026-11-03T23:59:00Z"), "3 Nov 2026"],
  [() => duration(2.34), "2.3\u00a0s"],
  [() => duration(0.0123), "12\u00a0ms"],
  [() => duration(0.0012), "1.2\u00a0ms"],
];

for (const [said, expected] of CASES) {
  test(`${String(said).slice("() => ".length)} is ${expected}`, () => {
    assert.equal(said(), expected);
  });
}

for (const [low, high, wanted] of [[0, 1, 5], [0, 4, 4], [-0.3, 0.2, 5], [0, 137, 6], [3, 3.01, 3]]) {
  test(`ticks from ${low} to ${high} are round, even, and cover it without excess`, () => {
    const all = ticks(low, high, wanted);
    const step = all[1] - all[0];

    assert.ok(all[0] <= low && all.at(-1) >= high);
    assert.ok(all[1] > low && all.at(-2) < high);
    assert.ok(all.every((tick, i) => Math.abs(tick - (all[0] + i * step)) < 1e-9));
    assert.match(step.toExponential(6), /^[125]\.0{6}e/);
    assert.ok(all.length <= wanted + 2);
  });
}

test("a scale takes the ends of a domain to the ends of a range", () => {
  const down = linear([0, 10], [300, 100]);

  assert.deepEqual([down(0), down(5), down(10), down(12)], [300, 200, 100, 60]);
});

test("a domain of one value has a place too", () => {
  assert.equal(linear([3, 3], [100, 200])(3), 100);
});
