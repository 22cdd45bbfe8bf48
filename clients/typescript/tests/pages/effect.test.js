/** The labelling page: the sentence on the effect of an answer. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { effectWords } from "../../../../service/pages/js/annotate-words.js";

const HAPPY = { valence: 0.5, arousal: 0.5, quadrant: "Q1" };

/** Return an effect of moves, each `[from, to, n]`. */
function effect(...moves) {
  const n_moved = moves.reduce((sum, [, , n]) => sum + n, 0);
  return { n_tracks: 23, n_moved, moves: moves.map(([from, to, n]) => ({ from, to, n })), tracks: [] };
}

test("moves of one kind are one sentence", () => {
  const said = effectWords(effect(["Q4", "Q1", 2]), { answer: HAPPY });

  assert.equal(said, "2 of 23\u00a0tracks moved from calm to happy for you.");
});

test("the most frequent moves come first, and the rest is counted together", () => {
  const two = effectWords(effect(["Q4", "Q1", 3], ["Q3", "Q4", 2]), { answer: HAPPY });
  const four = effectWords(effect(["Q4", "Q1", 3], ["Q3", "Q4", 2], ["Q2", "Q1", 1], ["Q1", "Q2", 1]), { answer: HAPPY });

  assert.equal(two, "5 of 23\u00a0tracks moved for you: 3 from calm to happy, 2 from sad to calm.");
  assert.match(four, /^7 of 23.tracks moved for you: 3 from calm to happy, 2 from sad to calm, 2.others\.$/);
});

test("no moved track is explained", () => {
  const said = (answer, quadrant) => effectWords(effect(), { answer, prediction: { quadrant } });

  assert.equal(said(HAPPY, "Q1"), "No track moved: Attune expected this of you.");
  assert.equal(said(HAPPY, "Q3"), "No track moved: one answer seldom changes much.");
  assert.match(said({ cantTell: true }, "Q1"), /^No track moved: “can’t tell”/);
  assert.match(effectWords(effect(), { answer: HAPPY, prediction: null }), /^No track moved/);
});

test("an undone answer is named", () => {
  assert.equal(effectWords(effect(), { answer: null }), "Undone. No track moved.");
  assert.match(effectWords(effect(["Q1", "Q4", 1]), { answer: null }), /^Undone\. 1 of 23.tracks moved from happy to calm/);
});

test("an unknown effect has no text", () => {
  assert.equal(effectWords(null, { answer: HAPPY }), "");
  assert.equal(effectWords(undefined, { answer: null }), "");
});
