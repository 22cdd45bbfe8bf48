/** The sentences of /me and /dashboard, also for too little data. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracyWords, strategiesWords } from "../../../../service/pages/js/dashboard-words.js";
import {
  consistencyFigures,
  consistencyWords,
  differenceFigures,
  differenceWords,
  habitWords,
  pairedFigures,
  pairedWords,
} from "../../../../service/pages/js/me-words.js";

const HALF = { n: 10, hits: 5, value: 0.5, low: 0.24, high: 0.76 };

/** Return a comparison of so many pairs. */
function pairs(only_personal, only_population, p_value, log_likelihood = null) {
  const n = 6 + only_personal + only_population + 4;
  return { n, both: 6, only_personal, only_population, neither: 4, p_value, log_likelihood };
}

test("fewer than three answers are too early", () => {
  assert.match(pairedWords({ n: 0 }), /^It is too early to say/);
  assert.equal(pairedWords({ n: 2 }), "It is too early to say after 2\u00a0answers.");
});

test("the same answers are counted knowing the listener and not knowing them", () => {
  assert.equal(
    pairedWords(pairs(2, 0, 0.5)),
    "Of 12\u00a0answers Attune predicted 8 right knowing you, and would have predicted 6 right not knowing you: too few to tell.",
  );
});

test("a clear test has a verdict, and so have many answers without one", () => {
  assert.match(pairedWords(pairs(9, 1, 0.02)), /: knowing you helps\.$/);
  assert.match(pairedWords(pairs(1, 9, 0.02)), /: knowing you misleads it\.$/);
  assert.match(pairedWords(pairs(20, 25, 0.5)), /: there is no clear difference\.$/);
});

test("certainty counts only if its interval excludes zero", () => {
  const with_ = (low, high) => pairedWords(pairs(2, 0, 0.5, { n: 12, value: (low + high) / 2, low, high }));

  assert.match(with_(0.1, 0.4), /too few to tell\. Counting how sure it was, knowing you helps\.$/);
  assert.match(with_(-0.4, -0.1), /knowing you misleads it\.$/);
  assert.match(with_(-0.1, 0.4), /too few to tell\.$/);
  assert.match(with_(null, null), /too few to tell\.$/);
});

test("the figures behind the words are counts, shares, a test and a mean difference", () => {
  const prequential = { personal: HALF, population: HALF };
  const paired = pairs(2, 0, 0.5, { n: 12, value: 0.08, low: -0.05, high: 0.21 });

  const [counts, shares, exact, mean, ...more] = pairedFigures({ paired, prequential });

  assert.equal(counts, "Right either way: 6; only knowing you: 2; only not knowing you: 0; neither: 4.");
  assert.match(shares, /Knowing you: 5 of 10 \(50\u00a0%, 24–76\u00a0%\)/);
  assert.match(exact, /McNemar .*p = 0\.50\.$/);
  assert.match(mean, /\+0\.08 \(95 % interval \u22120\.05 to \+0\.21\)\.$/);
  assert.deepEqual(more, []);
  assert.equal(pairedFigures({ paired: pairs(1, 0, 1), prequential }).length, 3);
});

test("habits are compared with the usual, the clearest first", () => {
  const habits = [
    { quadrant: "Q1", n: 6, expected: 3.2 },
    { quadrant: "Q2", n: 0, expected: 2.1 },
    { quadrant: "Q3", n: 2, expected: 0.3 },
    { quadrant: "Q4", n: 1, expected: 1.4 },
  ];

  assert.deepEqual(habitWords({ habits }), [
    "You say happy more often than others: 6 of 9; about 3 would be usual.",
    "You say tense less often than others: 0 of 9; about 2 would be usual.",
    "You say sad more often than others: 2 of 9; hardly any would be usual.",
  ]);
  assert.match(habitWords({ habits: habits.slice(3) })[0], /much like others/);
});

test("a listener's difference has a direction and a size", () => {
  const differs = (valence, arousal) =>
    differenceWords({
      used: true,
      n_labels: 12,
      difference: { valence: { mean: valence, sd: 0.1 }, arousal: { mean: arousal, sd: 0.2 } },
    });

  assert.match(differs(0.01, -0.12), /music as a little quieter than most people\./);
  assert.match(differs(0.4, 0.2), /as much more pleasant and more energetic than most people/);
  assert.match(differs(0.01, 0.02), /music much like most people/);
  assert.doesNotMatch(differs(0.4, 0.2), /\d\.\d/);
  const figures = { valence: { mean: 0.01, sd: 0.1 }, arousal: { mean: -0.12, sd: 0.2 } };
  assert.match(differenceFigures({ difference: figures }), /^Pleasant \+0\.01 \(±0\.10\), energetic \u22120\.12/);
});

test("no repeats, no figure; few repeats, a rough one", () => {
  const none = consistencyWords({ n: 0, same_quadrant: null, distance: null });
  const some = consistencyWords({ n: 10, same_quadrant: HALF, distance: 0.31 });
  const few = consistencyWords({ n: 3, same_quadrant: HALF, distance: null });

  assert.match(none, /You have not answered a track twice/);
  assert.match(some, /same answer again for 5 of 10.tracks\.$/);
  assert.match(consistencyFigures({ n: 10, same_quadrant: HALF, distance: 0.31 }), /about 0\.31 apart\.$/);
  assert.match(few, /rough figure/);
});

/** Return a row of the overview with a gain, in points of a hundred. */
function row(strategy, low, high) {
  const gain = { value: (low + high) / 200, low: low / 100, high: high / 100 };
  return { strategy, n: 90, n_users: 9, from_labels: 10, to_labels: 19, gain };
}

const UNKNOWN = { ...row("mix", 0, 0), gain: { value: null, low: null, high: null } };

test("a gain needs enough listeners and a narrow interval", () => {
  const little = [UNKNOWN, row("mix", -20, 30), { ...row("mix", 4, 12), n_users: 4 }];

  assert.match(accuracyWords([row("mix", 4, 12)]), /gains 8\u00a0points \(\+4 to \+12; 90\u00a0answers/);
  assert.match(accuracyWords([row("mix", -12, -4)]), /loses 8\u00a0points/);
  assert.match(accuracyWords([row("mix", -4, 5)]), /makes no clear difference/);
  assert.equal(accuracyWords(little), "Too little to say: 270\u00a0answers of too few listeners.");
  assert.equal(accuracyWords([]), "Too little to say: no answer was predicted yet.");
});

test("strategies are ranked only if their intervals are apart", () => {
  assert.match(strategiesWords([row("mix", 1, 5), row("mc", 6, 10)]), /mc.*clearly more than with mix/);
  assert.match(strategiesWords([row("mix", 1, 5), row("mc", 4, 10)]), /neither is better for certain/);
  assert.match(strategiesWords([row("mix", 1, 5), UNKNOWN]), /No other strategy/);
});
