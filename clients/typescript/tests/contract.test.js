/** Every operation of the contract has a method, and every method is an operation. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { AttuneClient } from "attune-client";

const CONTRACT = new URL("../../openapi.json", import.meta.url);

/** A call of each method, by the method's name. */
const METHODS = {
  predict: ["predict", { lyrics: "la" }],
  predict_batch: ["predictBatch", { track_ids: ["t"] }],
  query: ["query", { user_id: "u" }],
  rank: ["rank", { user_id: "u", quadrant: "Q1" }],
  update: ["update", { user_id: "u", labels: [] }],
  put_track: ["putTrack", "{track_id}", { lyrics: "la" }],
  get_track: ["getTrack", "{track_id}"],
  get_audio: ["trackAudio", "{track_id}"],
  delete_track: ["deleteTrack", "{track_id}"],
  list_tracks: ["tracks"],
  list_users: ["users"],
  get_user: ["user", "{user_id}"],
  get_picture: ["picture", "{user_id}"],
  delete_user: ["forget", "{user_id}"],
  get_labels: ["labels", "{user_id}"],
  post_labels: ["importLabels", "{user_id}", "{}"],
  readmit_user: ["readmit", "{user_id}"],
  get_overview: ["overview"],
  get_model: ["model"],
  reload_model: ["reloadModel"],
  readyz: ["ready"],
};
/** Operations without a method, and why. */
const UNUSED = {
  get_metrics: "is text for Prometheus",
  livez: "is for whoever restarts processes; ready() says more",
};
/** Methods that repeat an operation. */
const SECOND = { exportLabels: "get_labels" };

const operations = new Map();
for (const [path, methods] of Object.entries(JSON.parse(await readFile(CONTRACT, "utf8")).paths)) {
  for (const [method, { operationId }] of Object.entries(methods)) {
    operations.set(operationId, `${method.toUpperCase()} ${path}`);
  }
}

test("every operation has a method or a reason not to", () => {
  const known = [...Object.keys(METHODS), ...Object.keys(UNUSED)];

  assert.deepEqual(known.sort(), [...operations.keys()].sort());
});

test("every method is an operation", () => {
  const known = [...Object.values(METHODS).map(([name]) => name), ...Object.keys(SECOND)];
  const methods = Object.getOwnPropertyNames(AttuneClient.prototype);

  assert.deepEqual(methods.filter((name) => name !== "constructor").sort(), known.sort());
});

for (const [operation, [name, ...args]] of Object.entries(METHODS)) {
  test(`${name} sends ${operations.get(operation)}`, async () => {
    const sent = [];
    const fetch = async (url, { method }) => {
      sent.push(`${method} ${decodeURIComponent(new URL(url).pathname)}`);
      return new Response('{"tracks":[],"users":[],"next_cursor":null}');
    };

    const told = new AttuneClient("http://attune.test", { fetch })[name](...args);
    await (told.next ? told.next() : told);

    assert.deepEqual(sent, [operations.get(operation)]);
  });
}
