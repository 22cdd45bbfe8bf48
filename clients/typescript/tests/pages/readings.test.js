/** What /me and /dashboard say of their figures, and when they say that nothing can be said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracyWords, strategiesWords } from "../../../../service/pages/js/dashboard-words.js";
import { consistencyWords, differenceWords, hitWords } from "../../../../service/pages/js/me-words.js";

const HALF = { n: 10, hits: 5, value: 0.5, low: 0.24, high: 0.76 };

test("of few answers nothing is said, and of overlapping intervals no order", () => {
  const few = hitWords({ n: 7, personal: HALF, population: HALF });
  const level = hitWords({ n: 10, personal: HALF, population: HALF });

  assert.equal(few, "After 7\u00a0answers nothing can be said.");
  assert.match(level, /5 of 10 \(50\u00a0%, 24–76\u00a0%\)/);
  assert.match(level, /cannot be told yet/);
});

test("intervals that are apart are said to be", () => {
  const better = { n: 100, hits: 80, value: 0.8, low: 0.71, high: 0.87 };
  const worse = { n: 100, hits: 50, value: 0.5, low: 0.4, high: 0.6 };

  assert.match(hitWords({ n: 100, personal: better, population: worse }), /learnt of you helps/);
  assert.match(hitWords({ n: 100, personal: worse, population: better }), /misleads/);
});

test("a listener's difference is named by its sign and its size", () => {
  const differs = (valence, arousal) =>
    differenceWords({
      used: true,
      n_labels: 12,
      difference: { valence: { mean: valence, sd: 0.1 }, arousal: { mean: arousal, sd: 0.2 } },
    });

  assert.match(differs(0.01, -0.12), /music as a little calmer than most would: valence \+0\.01/);
  assert.match(differs(0.4, 0.2), /as much more pleasant and more excited than most would/);
  assert.match(differs(0.01, 0.02), /music much as most would/);
});

test("no repeats, no figure; few repeats, a rough one", () => {
  const none = consistencyWords({ n: 0, same_quadrant: null, distance: null });
  const some = consistencyWords({ n: 10, same_quadrant: HALF, distance: 0.31 });
  const few = consistencyWords({ n: 3, same_quadrant: HALF, distance: null });

  assert.match(none, /No track was asked of you twice/);
  assert.match(some, /about 0\.31 apart\.$/);
  assert.match(few, /rough figure/);
});

/** Return a row of the overview with a gain, in points of a hundred. */
function row(strategy, low, high) {
  const gain = { value: (low + high) / 200, low: low / 100, high: high / 100 };
  return { strategy, n: 90, n_users: 9, from_labels: 10, to_labels: 19, gain };
}

const UNKNOWN = { ...row("mix", 0, 0), gain: { value: null, low: null, high: null } };

test("a gain is told only of listeners enough, where its interval is narrow enough", () => {
  const little = [UNKNOWN, row("mix", -20, 30), { ...row("mix", 4, 12), n_users: 4 }];

  assert.match(accuracyWords([row("mix", 4, 12)]), /gains 8\u00a0points \(\+4 to \+12; 90\u00a0answers/);
  assert.match(accuracyWords([row("mix", -12, -4)]), /loses 8\u00a0points/);
  assert.match(accuracyWords([row("mix", -4, 5)]), /no difference that can be told/);
  assert.equal(accuracyWords(little), "Too little to say: 270\u00a0answers of too few listeners.");
  assert.equal(accuracyWords([]), "Too little to say: no answer was foretold.");
});

test("strategies are put in order only where their intervals are apart", () => {
  assert.match(strategiesWords([row("mix", 1, 5), row("mc", 6, 10)]), /mc.*clearly more than with mix/);
  assert.match(strategiesWords([row("mix", 1, 5), row("mc", 4, 10)]), /no order can be told/);
  assert.match(strategiesWords([row("mix", 1, 5), UNKNOWN]), /No other strategy/);
});
