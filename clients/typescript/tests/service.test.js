/** The client against the running service at ATTUNE_URL. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AttuneClient, newId } from "attune-client";
import { tone } from "./tone.js";

const url = process.env.ATTUNE_URL;
const skip = url ? false : "NOT TESTED AGAINST A SERVICE: ATTUNE_URL is not set";

const LYRICS = {
  sunrise: "Here it comes, warm and slow",
  thunder: "Tear it down, burn it all",
  rain: "Nobody is left, nobody calls",
  dance: "Jump up, the night is young and bright",
};

describe("against a running service", { skip }, () => {
  const attune = new AttuneClient(url ?? "http://127.0.0.1", { retry: { timeoutMs: 60_000 } });
  const run = newId(); // so that it can be run twice
  const user = `ana-${run}`;
  const ids = Object.keys(LYRICS).map((name) => `${name}-${run}`);

  before(async () => {
    for (const [i, [title, lyrics]] of Object.entries(LYRICS).entries()) {
      await attune.putTrack(ids[i], { lyrics, title });
    }
  });

  after(async () => {
    for (const id of ids) {
      await attune.deleteTrack(id);
    }
  });

  test("it is ready and names its models", async () => {
    const model = await attune.model();

    assert.equal(await attune.ready(), true);
    assert.ok(model.fusions.includes(model.default_fusion));
  });

  test("lyrics are predicted", async () => {
    const told = await attune.predict({ lyrics: LYRICS.dance });

    const sum = Object.values(told.probabilities).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-6);
    assert.equal(told.personal, null);
    assert.deepEqual(Object.keys(told.modalities), ["lyrics"]);
  });

  test("a recording with lyrics is predicted over time", async () => {
    const audio = new File([tone(6)], "song.wav", { type: "audio/wav" });

    const told = await attune.predict({ audio, lyrics: LYRICS.rain, user_id: user });

    assert.deepEqual(Object.keys(told.modalities).sort(), ["audio", "lyrics"]);
    assert.ok(told.segments.length > 0);
    assert.equal(told.personal?.user_id, user);
  });

  test("a batch has a result or an error for each item", async () => {
    const { items } = await attune.predictBatch({ track_ids: [ids[0], "no-such-track"] });

    assert.ok(items[0].prediction?.quadrant);
    assert.equal(items[1].error?.code, "track_not_found");
  });

  test("a track is registered with its recording, read and removed", async () => {
    const trackId = `tone-${newId()}`;

    const put = await attune.putTrack(trackId, { audio: new Blob([tone(3)]), title: "Ton é" });
    const got = await attune.getTrack(trackId, { userId: user });
    await attune.deleteTrack(trackId);

    assert.equal(put.has_audio, true);
    assert.equal(got.title, "Ton é");
    assert.equal(got.prediction?.personal?.user_id, user);
    await assert.rejects(attune.getTrack(trackId), { status: 404, code: "track_not_found" });
  });

  test("a stored recording can be fetched", async (t) => {
    const trackId = `kept-${newId()}`;
    const sent = tone(3);
    const { audio_url } = await attune.putTrack(trackId, { audio: new Blob([sent]) });
    t.after(() => attune.deleteTrack(trackId));

    const kept = await attune.trackAudio(trackId);
    const part = await fetch(url + audio_url, { headers: { Range: "bytes=0-3" } });

    assert.deepEqual(Buffer.from(await kept.arrayBuffer()), sent);
    assert.deepEqual([part.status, await part.text()], [206, "RIFF"]);
  });

  test("a recording elsewhere keeps its address", async (t) => {
    const trackId = `elsewhere-${newId()}`;
    const audio_url = "https://music.test/song.mp3";
    t.after(() => attune.deleteTrack(trackId));

    const told = await attune.putTrack(trackId, { lyrics: LYRICS.rain, audio_url });

    assert.equal(told.audio_url, audio_url);
    await assert.rejects(attune.trackAudio(trackId), { status: 404, code: "audio_not_kept" });
    const { tracks } = await attune.query({ user_id: user, n: 100, playable: true });
    assert.ok(tracks.some(({ track_id }) => track_id === trackId));
    assert.ok(!tracks.some(({ track_id }) => ids.includes(track_id)));
  });

  test("a label keeps its circumstances, and can't tell is a label", async (t) => {
    const user_id = `${user}-careful`;
    t.after(() => attune.forget(user_id));
    const circumstances = { emotion: "felt", liking: 4, familiarity: 1, strategy: "rand" };

    const { n_labels } = await attune.update({
      user_id,
      labels: [
        { track_id: ids[0], valence: 0.5, arousal: 0.5, ...circumstances, is_random: true },
        { track_id: ids[1], cant_tell: true },
      ],
    });
    const [felt, unknown] = await all(attune.labels(user_id));

    assert.equal(n_labels, 1);
    assert.deepEqual(
      Object.keys(circumstances).map((name) => felt[name]),
      Object.values(circumstances),
    );
    assert.deepEqual([felt.is_random, felt.is_repeat, felt.quadrant], [true, false, "Q1"]);
    assert.deepEqual([unknown.cant_tell, unknown.quadrant], [true, null]);
  });

  test("a user has a profile, and the operator statistics", async (t) => {
    const user_id = `${user}-seen`;
    t.after(() => attune.forget(user_id));
    await attune.update({ user_id, labels: [{ track_id: ids[0], valence: 0.5, arousal: 0.5 }] });

    const picture = await attune.picture(user_id);
    const overview = await attune.overview();

    assert.deepEqual(picture.labels.map(({ track_id }) => track_id), [ids[0]]);
    assert.equal(picture.personal.density.length, picture.axis.length);
    assert.ok(overview.n_labels > 0);
    await assert.rejects(attune.picture("nobody"), { status: 404, code: "user_not_found" });
  });

  test("the catalogue is read page by page", async () => {
    const seen = new Set();
    for await (const { track_id } of attune.tracks({ pageSize: 3 })) {
      seen.add(track_id);
    }

    assert.deepEqual(ids.filter((id) => !seen.has(id)), []);
  });

  test("labels are learned, logged, exported and forgotten", async () => {
    const [asked] = (await attune.query({ user_id: user, n: 1 })).tracks;
    const labels = ids.map((track_id, i) => ({
      event_id: newId(),
      track_id,
      valence: 0.25 * i,
      arousal: -0.5,
    }));

    const first = await attune.update({ user_id: user, labels });
    const second = await attune.update({ user_id: user, labels });
    const profile = await attune.user(user);
    const log = await all(attune.labels(user));
    const kept = await attune.exportLabels(user);
    const other = `${user}-elsewhere`;
    const moved = await attune.importLabels(other, kept);
    const ranked = await attune.rank({ user_id: user, quadrant: "Q4", limit: 3 });

    assert.ok(asked.track_id);
    assert.deepEqual([first.accepted, first.duplicates], [4, 0]);
    assert.deepEqual([second.accepted, second.duplicates], [0, 4]);
    assert.equal(profile.n_labels, 4);
    assert.deepEqual(log.map((line) => line.event_id), labels.map((label) => label.event_id));
    assert.deepEqual(kept.trimEnd().split("\n").map((line) => JSON.parse(line)), log);
    assert.equal(moved.accepted, 4);
    assert.ok(ranked.tracks.length <= 3);

    await attune.forget(user);
    await attune.forget(other);
    await assert.rejects(attune.update({ user_id: user, labels }), { code: "user_forgotten" });
    await attune.readmit(user);
    await assert.rejects(attune.user(user), { status: 404 });
  });

  test("the same call under one idempotency key gets the same reply", async () => {
    const request = { user_id: `${user}-twice`, labels: [{ track_id: ids[0], quadrant: "Q1" }] };
    const options = { idempotencyKey: newId() };

    const first = await attune.update(request, options);
    const second = await attune.update(request, options);
    await attune.forget(request.user_id);

    assert.deepEqual(second, first);
    assert.equal(first.accepted, 1);
  });

  test("an invalid request names its field", async () => {
    const labels = [{ track_id: ids[0], valence: 2, arousal: 0 }];

    await assert.rejects(attune.update({ user_id: user, labels }), (error) => {
      assert.equal(error.status, 422);
      assert.match(error.errors[0].field, /valence/);
      return true;
    });
  });

  test("the models are reloaded", async () => {
    const { snapshot } = await attune.model();

    const { version, is_new } = await attune.reloadModel();

    assert.deepEqual({ version, is_new }, { version: snapshot, is_new: false });
  });
});

async function all(stream) {
  const items = [];
  for await (const item of stream) {
    items.push(item);
  }
  return items;
}
