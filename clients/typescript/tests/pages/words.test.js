/** Numbers, scales and the plane's words as people read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axisWords,
  pointWords,
  quadrantOf,
} from "../../../../service/pages/js/circumplex.js";
import {
  clock,
  counted,
  day,
  duration,
  percent,
  points,
  shareWords,
  signed,
  trackName,
} from "../../../../service/pages/js/format.js";
import { linear, ticks } from "../../../../service/pages/js/scale.js";

const CASES = [
  [() => quadrantOf(0.5, 0.5), "Q1"],
  [() => quadrantOf(-0.5, 0.5), "Q2"],
  [() => quadrantOf(-0.5, -0.5), "Q3"],
  [() => quadrantOf(0.5, -0.5), "Q4"],
  [() => quadrantOf(0, 0), "Q1"],
  [() => quadrantOf(-0.001, 0), "Q2"],
  [() => quadrantOf(0, -0.001), "Q4"],
  [() => axisWords("valence", 0.05), "neither unpleasant nor pleasant"],
  [() => axisWords("valence", -0.3), "slightly unpleasant"],
  [() => axisWords("arousal", 0.6), "fairly energetic"],
  [() => axisWords("arousal", -0.9), "very quiet"],
  [() => pointWords({ valence: 0.3, arousal: -0.6 }), "slightly pleasant and fairly quiet"],
  [() => percent(0.624), "62\u00a0%"],
  [() => shareWords({ n: 36, hits: 20, value: 0.56, low: 0.4, high: 0.7 }), "20 of 36 (56\u00a0%, 40–70\u00a0%)"],
  [() => points(-0.083), "\u22128"],
  [() => signed(0.314), "+0.31"],
  [() => signed(-0.314), "\u22120.31"],
  [() => signed(-0.001), "0.00"],
  [() => counted(1, "answer"), "1\u00a0answer"],
  [() => counted(1234, "answer"), "1,234\u00a0answers"],
  [() => counted(2, "listener was", "listeners were"), "2\u00a0listeners were"],
  [() => day("2026-11-03T23:59:00Z"), "3 Nov 2026"],
  [() => clock(9.99), "0:09"],
  [() => clock(75.2), "1:15"],
  [() => clock(3599.9), "59:59"],
  [() => trackName({ track_id: "t-1", title: null, artist: "Nina" }), "t-1"],
  [() => trackName({ track_id: "t-1", title: "Sinnerman", artist: "Nina" }), "Sinnerman, Nina"],
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
