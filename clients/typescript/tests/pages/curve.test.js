/** The page /try: the sentences of a prediction, and its curve over time. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { stretches } from "../../../../service/pages/js/curve.js";
import * as words from "../../../../service/pages/js/try-words.js";

const part = (share) => ({ log_odds: { Q1: share, Q2: -share, Q3: 0, Q4: 0 }, share });

function segment(start, end, quadrant) {
  const others = { Q1: 0.1, Q2: 0.1, Q3: 0.1, Q4: 0.1 };
  return { start_s: start, end_s: end, probabilities: { ...others, [quadrant]: 0.7 } };
}

test("consecutive segments of one quadrant are one stretch", () => {
  const found = stretches([segment(0, 3, "Q1"), segment(2, 5, "Q1"), segment(4, 7, "Q3"), segment(6, 9, "Q1")]);

  assert.deepEqual(found, [
    { quadrant: "Q1", start_s: 0, end_s: 5 },
    { quadrant: "Q3", start_s: 5, end_s: 7 },
    { quadrant: "Q1", start_s: 7, end_s: 9 },
  ]);
});

test("a clear prediction and an ambiguous one differ", () => {
  const probabilities = { Q1: 0.1, Q2: 0.1, Q3: 0.2, Q4: 0.6 };

  assert.equal(words.headline({ quadrant: "Q4", probabilities, ambiguous: false }), "Most likely calm, at 60\u00a0%.");
  assert.match(words.headline({ quadrant: "Q4", probabilities, ambiguous: true }), /^Hard to tell\. First comes calm/);
});

test("a set names its quadrants, and a full one says so", () => {
  const probabilities = { Q1: 0.25, Q2: 0.1, Q3: 0.05, Q4: 0.6 };
  const set = (...quadrants) => words.setSentence({ set: { quadrants, coverage: 0.8 }, probabilities });

  assert.equal(set("Q4"), "Calm stands out: it is about twice as likely as happy.");
  assert.match(set("Q4", "Q1", "Q3"), /calm, happy or sad: such a list holds the answer 8 times in 10\.$/);
  assert.match(set("Q4", "Q1", "Q3", "Q2"), /none can be ruled out/);
  assert.match(words.setSentence({ set: null }), /does not know yet how often/);
});

test("sources are listed from the largest to the smallest", () => {
  const why = { population: part(0.3), others: part(0.6), level: part(0.1), taste: part(0.001), words: "By its sound." };

  const said = words.sharesSentence({ why, personal: { user_id: "ana" } });

  assert.match(said, /others answered for this track \(60.%\), what most people/);
  assert.match(said, /hear in such music \(30.%\) and how ana answers in general \(10.%\)\.$/);
  assert.doesNotMatch(said, /sounds like this/);
});

test("the use of a listener's answers is stated", () => {
  const said = (personal) => words.personalSentence({ personal });

  assert.match(said(null), /holds for most people/);
  assert.match(said({ user_id: "ana", n_labels: 0, used: false }), /has not answered yet/);
  assert.match(said({ user_id: "ana", n_labels: 1, used: true }), /^This uses what ana answered so far \(1.answer\)/);
  assert.match(said({ user_id: "ana", n_labels: 7, used: false }), /7.answers, but they say nothing about this music yet/);
});

test("recording and lyrics are compared if both are used", () => {
  const audio = { Q1: 0.7, Q2: 0.1, Q3: 0.1, Q4: 0.1 };
  const lyrics = { Q1: 0.1, Q2: 0.1, Q3: 0.6, Q4: 0.2 };

  assert.equal(words.modalitySentence({ modalities: { audio } }), null);
  assert.match(words.modalitySentence({ modalities: { audio, lyrics } }), /^The recording .*happy .*the lyrics .*sad/);
});

test("a point is put in words", () => {
  const point = { valence: { mean: 0.6, sd: 0.2 }, arousal: { mean: -0.3, sd: 0.25 } };
  const middle = { valence: { mean: 0.05, sd: 0.2 }, arousal: { mean: -0.05, sd: 0.25 } };

  assert.equal(words.pointSentence(point), "Fairly pleasant and slightly quiet.");
  assert.match(words.pointSentence(middle), /^Near the middle/);
});
