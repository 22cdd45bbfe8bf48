/** Correct and wrong uses of the types, for `tsc --project tests`; never run. */
import { AttuneClient, ProblemError, TransportError, newId } from "attune-client";
import type { Batch, Embeddings, Label, LoggedLabel, Prediction, Quadrant, Track, UpdateEffect, Why } from "attune-client";

const attune = new AttuneClient("http://127.0.0.1:3000", {
  key: () => null,
  fetch: globalThis.fetch,
  retry: { attempts: 1 },
});

const felt: Prediction = await attune.predict({ lyrics: "la", audio: new Blob(), user_id: null });
await attune.putTrack("t1", { lyrics: new Blob(), title: "A" });
await attune.putTrack("t1", { audio: new Uint8Array(4) });
// @ts-expect-error a path is no recording
await attune.putTrack("t1", { audio: "song.wav" });
const quadrant: Quadrant = felt.quadrant;
const likely: number = felt.probabilities[quadrant];
const valence: { mean: number; sd: number } = felt.valence;
const byLyrics: number | undefined = felt.modalities.lyrics?.Q1;
const batch: Batch = await attune.predictBatch({ track_ids: ["t1"] });
await attune.predict({ audio_embedding: [0.5], lyrics_embedding: null, user_id: "ana" });
await attune.putTrack("t1", { lyrics_embedding: [0.5], title: "A" });
const embeddings: Embeddings[] = [{ audio_embedding: [0.5] }, { lyrics_embedding: [1, 2] }];
await attune.predictBatch({ embeddings, fusion: "average" });
const size: number | undefined = (await attune.model()).embeddings?.audio;
const code: string | undefined = batch.items[0]?.error?.code;
const label: Label = { track_id: "t1", valence: 0, arousal: 0 };
const retraction: Label = { track_id: "t1", retracted: true, event_id: newId() };
await attune.update({ user_id: "ana", labels: [label, retraction] }, { idempotencyKey: "k" });
const why: Why = felt.why;
const againstCalm: number | undefined = why.level.log_odds.Q4;
const effect: UpdateEffect | null = (await attune.update({ user_id: "ana", labels: [label], effect: true })).effect;
const from: Quadrant | undefined = effect?.moves[0]?.from;
await attune.model({ signal: AbortSignal.timeout(1), timeoutMs: 1 });
await attune.model({ signal: undefined, timeoutMs: undefined });
for await (const track of attune.tracks({ search: "so wh", pageSize: 10 })) {
  const title: Track["title"] = track.title;
  void title;
}
for await (const event of attune.labels("ana")) {
  const logged: LoggedLabel = event;
  void logged;
}

function explain(error: unknown): string {
  if (error instanceof ProblemError) {
    return `${error.status} ${error.errors[0]?.field ?? error.code} ${error.retryAfterS ?? 0}`;
  }
  return error instanceof TransportError ? error.requestId : "";
}

// @ts-expect-error a user is required
await attune.query({ n: 1 });
// @ts-expect-error there are four quadrants
await attune.rank({ user_id: "ana", quadrant: "Q5" });
// @ts-expect-error a recording is no path
await attune.predict({ audio: "song.mp3" });
// @ts-expect-error numbers, not text
await attune.predict({ audio_embedding: "[0.1, 0.2]" });
// @ts-expect-error the field is user_id
await attune.predict({ lyrics: "la", userId: "ana" });
// @ts-expect-error answers come whole
await attune.update({ user_id: "ana", labels: [{ quadrant: "Q1" }] });
// @ts-expect-error there is a prediction or none
batch.items[0].prediction.quadrant;
// @ts-expect-error not every track has lyrics
felt.modalities.lyrics.Q1;
// @ts-expect-error a page at a time, by number
attune.tracks({ pageSize: "10" });
// @ts-expect-error the policy has no such field
new AttuneClient("", { retry: { tries: 1 } });

export { againstCalm, byLyrics, code, explain, from, likely, size, valence };
