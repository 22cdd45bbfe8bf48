/** When a call is repeated, and its final error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AttuneClient, ProblemError, TransportError } from "attune-client";
import { fakeService, hangsUp, keepsSilent, nods, refuses, says } from "./fake-service.js";

const MODEL = says(200, { snapshot: "1" });

/** Return a client with the longest random waits, and the list of its waits. */
function patient(url, retry = {}) {
  const waits = [];
  const sleep = async (ms) => {
    waits.push(ms);
  };
  const attune = new AttuneClient(url, { retry: { random: () => 1, sleep, ...retry } });
  return { attune, waits };
}

for (const status of [429, 502, 503, 504]) {
  test(`${status} is repeated after waits that double`, async (t) => {
    const busy = refuses(status, "busy");
    const { url, requests } = await fakeService(t, busy, busy, busy, MODEL);
    const { attune, waits } = patient(url);

    const told = await attune.model();

    assert.equal(told.snapshot, "1");
    assert.deepEqual(waits, [200, 400, 800]);
    const ids = requests.map(({ headers }) => headers["x-request-id"]);
    assert.equal(new Set(ids).size, 1);
  });
}

for (const status of [400, 401, 403, 404, 409, 410, 422, 500]) {
  test(`${status} is not repeated`, async (t) => {
    const { url, requests } = await fakeService(t, refuses(status, "no"), MODEL);
    const { attune } = patient(url);

    await assert.rejects(attune.model(), { status, code: "no" });

    assert.equal(requests.length, 1);
  });
}

test("a broken connection is repeated with the same body", async (t) => {
  const { url, requests } = await fakeService(t, hangsUp, says(200, { accepted: 1 }));
  const { attune } = patient(url);
  const labels = [{ track_id: "t1", quadrant: "Q1" }];

  const told = await attune.update({ user_id: "ana", labels });

  assert.equal(told.accepted, 1);
  assert.equal(requests[0].body, requests[1].body);
});

test("a recording is repeated in full", async (t) => {
  const { url, requests } = await fakeService(t, refuses(503, "busy"), says(200, {}));
  const { attune } = patient(url);

  await attune.predict({ audio: new File(["RIFF-and-so-on"], "song.wav") });

  assert.match(requests[1].body, /RIFF-and-so-on/);
});

test("a failure of all attempts is a TransportError with its cause", async (t) => {
  const { url, requests } = await fakeService(t, hangsUp);
  const { attune } = patient(url);

  await assert.rejects(attune.model(), (error) => {
    assert.ok(error instanceof TransportError);
    assert.match(error.message, /^GET \/model: no reply after 4 attempt\(s\): /);
    assert.match(error.requestId, /^[0-9a-f]{32}$/);
    assert.ok(error.cause instanceof Error);
    return true;
  });
  assert.equal(requests.length, 4);
});

test("jitter is added to Retry-After", async (t) => {
  const { url } = await fakeService(t, refuses(503, "busy", { "Retry-After": "2" }), MODEL);
  const { attune, waits } = patient(url);

  await attune.model();

  assert.deepEqual(waits, [2200]);
});

test("a date in Retry-After is compared with the reply's date", async (t) => {
  const Date = "Thu, 01 Jan 2026 00:00:00 GMT";
  const later = "Thu, 01 Jan 2026 00:00:03 GMT";
  const { url } = await fakeService(t, refuses(429, "busy", { Date, "Retry-After": later }), MODEL);
  const { attune, waits } = patient(url);

  await attune.model();

  assert.deepEqual(waits, [3200]);
});

test("a wait that would pass the deadline is not started", async (t) => {
  const { url, requests } = await fakeService(t, refuses(503, "busy", { "Retry-After": "31" }));
  const { attune, waits } = patient(url);

  await assert.rejects(attune.model(), { status: 503, retryAfterS: 31 });

  assert.deepEqual(waits, []);
  assert.equal(requests.length, 1);
});

test("a silent service times out after the time of the call", async (t) => {
  const { url } = await fakeService(t, keepsSilent);

  const call = new AttuneClient(url).model({ timeoutMs: 50 });

  await assert.rejects(call, { name: "TransportError", message: /nothing came for 0\.\d+ s/ });
});

test("an attempt that takes too long is repeated", async (t) => {
  const { url, requests } = await fakeService(t, keepsSilent, MODEL);
  const { attune } = patient(url, { timeoutMs: 500 });

  await attune.model();

  assert.ok(requests.length > 1);
});

test("a reply without its body times out", async (t) => {
  const { url } = await fakeService(t, (response) => {
    response.writeHead(200, { "Content-Length": "10" });
    response.write("{");
  });

  await assert.rejects(new AttuneClient(url).model({ timeoutMs: 100 }), TransportError);
});

test("the caller's signal ends a call, with its own reason", async (t) => {
  const reason = new Error("the listener left");
  const leaving = new AbortController();
  const { url, requests } = await fakeService(t, () => leaving.abort(reason));

  const call = new AttuneClient(url).model({ signal: leaving.signal });

  await assert.rejects(call, reason);
  assert.equal(requests.length, 1);
});

test("the caller's signal ends a wait", async (t) => {
  const leaving = new AbortController();
  const { url, requests } = await fakeService(t, (response) => {
    refuses(503, "busy", { "Retry-After": "9" })(response);
    setTimeout(() => leaving.abort(), 100);
  });

  await assert.rejects(new AttuneClient(url).model({ signal: leaving.signal }), {
    name: "AbortError",
  });

  assert.equal(requests.length, 1);
});

test("an aborted signal prevents the request", async (t) => {
  const { url, requests } = await fakeService(t, MODEL);

  await assert.rejects(new AttuneClient(url).model({ signal: AbortSignal.abort() }), {
    name: "AbortError",
  });

  assert.equal(requests.length, 0);
});

test("readiness is checked once", async (t) => {
  const { url, requests } = await fakeService(t, refuses(503, "not_ready"));

  assert.equal(await new AttuneClient(url).ready(), false);
  assert.equal(requests.length, 1);
});

test("no service is not ready, and 404 is an error", async (t) => {
  const { url } = await fakeService(t, hangsUp, nods(200), nods(404));
  const attune = new AttuneClient(url);

  assert.equal(await attune.ready(), false);
  assert.equal(await attune.ready(), true);
  await assert.rejects(attune.ready(), ProblemError);
});

test("a repeated deletion accepts a missing track", async (t) => {
  const { url } = await fakeService(t, hangsUp, refuses(404, "track_not_found"));

  await patient(url).attune.deleteTrack("t1");
});

test("deleting a missing track is an error", async (t) => {
  const { url } = await fakeService(t, refuses(404, "track_not_found"));

  await assert.rejects(patient(url).attune.deleteTrack("t1"), { code: "track_not_found" });
});
