/** Requests, and how replies are read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AttuneClient } from "attune-client";
import { fakeService, nods, says } from "./fake-service.js";

test("a body is JSON without undefined fields", async (t) => {
  const { url, requests } = await fakeService(t, says(200, { tracks: [] }));

  await new AttuneClient(url).query({ user_id: "ana", n: 1, strategy: undefined });

  const [{ method, url: path, headers, body }] = requests;
  assert.equal(`${method} ${path}`, "POST /query");
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(body), { user_id: "ana", n: 1 });
});

test("a path in the address is kept, and a slash at its end is not doubled", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));

  await new AttuneClient(`${url}/music/`).model();

  assert.equal(requests[0].url, "/music/model");
});

test("an id is quoted as one segment of the path", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));

  await new AttuneClient(url).getTrack("a/b?c", { userId: "ana", fusion: undefined });

  assert.equal(requests[0].url, "/tracks/a%2Fb%3Fc?user_id=ana");
});

for (const id of ["", ".", ".."]) {
  test(`the id ${JSON.stringify(id)} throws before anything is sent`, async (t) => {
    const { url, requests } = await fakeService(t, nods());

    await assert.rejects(new AttuneClient(url).forget(id), RangeError);

    assert.equal(requests.length, 0);
  });
}

test("a number that JSON cannot hold throws with its name", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const labels = [{ track_id: "t1", valence: NaN, arousal: 0 }];

  await assert.rejects(new AttuneClient(url).update({ user_id: "ana", labels }), {
    name: "RangeError",
    message: "labels[0].valence is NaN; a finite number is needed",
  });

  assert.equal(requests.length, 0);
});

test("embeddings are sent as JSON", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const attune = new AttuneClient(url);
  const sent = { audio_embedding: [0.5, -2e-5], lyrics_embedding: [1] };

  await attune.predict({ ...sent, user_id: "ana" });
  await attune.predictBatch({ embeddings: [sent, { lyrics_embedding: [1] }] });
  await attune.putTrack("t1", { ...sent, title: "A" });

  assert.deepEqual(requests.map(({ body }) => JSON.parse(body)), [
    { ...sent, user_id: "ana" },
    { embeddings: [sent, { lyrics_embedding: [1] }] },
    { ...sent, title: "A" },
  ]);
});

for (const [place, call] of [
  ["audio_embedding[3]", (attune, numbers) => attune.predict({ audio_embedding: numbers })],
  ["lyrics_embedding[3]", (attune, numbers) => attune.putTrack("t", { lyrics_embedding: numbers })],
  [
    "embeddings[1].audio_embedding[3]",
    (attune, numbers) =>
      attune.predictBatch({
        embeddings: [{ audio_embedding: [1] }, { audio_embedding: numbers }],
      }),
  ],
]) {
  test(`an infinite number throws with its path, ${place}`, async (t) => {
    const { url, requests } = await fakeService(t, says(200, {}));

    await assert.rejects(call(new AttuneClient(url), [0, 1, 2, -Infinity]), {
      name: "RangeError",
      message: `${place} is -Infinity; a finite number is needed`,
    });

    assert.equal(requests.length, 0);
  });
}

test("a recording with an embedding throws", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const request = { audio: new Blob(["RIFF"]), lyrics_embedding: [1] };

  await assert.rejects(new AttuneClient(url).predict(request), {
    name: "TypeError",
    message: /^audio and lyrics_embedding were given; .*leave one of them out$/,
  });

  assert.equal(requests.length, 0);
});

test("a recording is sent as a form with the other fields", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const audio = new File(["RIFF"], "song.wav");

  await new AttuneClient(url).predict({ audio, lyrics: "la", user_id: null });

  const [{ headers, body }] = requests;
  assert.match(headers["content-type"], /^multipart\/form-data; boundary=/);
  assert.match(body, /name="audio"; filename="song.wav"/);
  assert.match(body, /name="lyrics"\r\n\r\nla\r\n/);
  assert.doesNotMatch(body, /user_id/);
});

for (const lyrics of [new Blob(["[00:01.00]la"]), Buffer.from("[00:01.00]la")]) {
  test(`a file of lyrics is sent as it is, a ${lyrics.constructor.name}`, async (t) => {
    const { url, requests } = await fakeService(t, says(200, {}));

    await new AttuneClient(url).predict({ lyrics, user_id: "ana" });

    const [{ body }] = requests;
    assert.match(body, /name="lyrics"; filename="lyrics"\r\n[^]*\r\n\r\n\[00:01.00\]la\r\n/);
    assert.match(body, /name="user_id"\r\n\r\nana\r\n/);
  });
}

const BYTES = new TextEncoder().encode("RIFF");
for (const audio of [BYTES, BYTES.buffer, Buffer.from("RIFF"), new DataView(BYTES.buffer)]) {
  test(`a recording can be given as ${audio.constructor.name}`, async (t) => {
    const { url, requests } = await fakeService(t, says(200, {}));

    await new AttuneClient(url).predict({ audio });

    assert.match(requests[0].body, /name="audio"; filename="audio"[^]*\r\n\r\nRIFF\r\n/);
  });
}

for (const [audio, got] of [["song.wav", "a text"], [[82, 73], "Array"], [new ReadableStream(), "ReadableStream"]]) {
  test(`${got} is no recording, and nothing is sent`, async (t) => {
    const { url, requests } = await fakeService(t, says(200, {}));

    await assert.rejects(new AttuneClient(url).putTrack("t1", { audio }), {
      name: "TypeError",
      message: `audio is ${got}; a Blob, a File or bytes are needed`,
    });

    assert.equal(requests.length, 0);
  });
}

test("a recording without a name is called audio", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));

  await new AttuneClient(url).putTrack("t1", { audio: new Blob(["RIFF"]) });

  assert.match(requests[0].body, /name="audio"; filename="audio"/);
});

test("labels without an id get one, and others keep theirs", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const labels = ["t1", "t2"].map((track_id) => ({ track_id, quadrant: "Q1" }));

  await new AttuneClient(url).update({
    user_id: "ana",
    labels: [...labels, { event_id: "e3", track_id: "t3", quadrant: "Q1" }],
  });

  const ids = JSON.parse(requests[0].body).labels.map((label) => label.event_id);
  assert.match(ids[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(ids).size, 3);
  assert.equal(ids[2], "e3");
  assert.deepEqual(labels[0], { track_id: "t1", quadrant: "Q1" });
});

test("labels under an idempotency key are unchanged", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const request = { user_id: "ana", labels: [{ track_id: "t1", quadrant: "Q1" }] };

  await new AttuneClient(url).update(request, { idempotencyKey: "k1" });

  assert.equal(requests[0].headers["idempotency-key"], "k1");
  assert.deepEqual(JSON.parse(requests[0].body), request);
});

test("pages of tracks are fetched on demand", async (t) => {
  const { url, requests } = await fakeService(
    t,
    says(200, { tracks: [{ track_id: "t1" }], next_cursor: "after t1" }),
    says(200, { tracks: [{ track_id: "t2" }], next_cursor: null }),
  );

  const seen = [];
  for await (const track of new AttuneClient(url).tracks({ pageSize: 1 })) {
    seen.push([track.track_id, requests.length]);
  }

  assert.deepEqual(seen, [["t1", 1], ["t2", 2]]);
  assert.equal(requests[1].url, "/tracks?limit=1&cursor=after+t1");
});

test("pages of users are fetched like those of tracks", async (t) => {
  const { url, requests } = await fakeService(
    t,
    says(200, { users: [{ user_id: "ana" }], next_cursor: "YW5h" }),
    says(200, { users: [{ user_id: "bob" }], next_cursor: null }),
  );

  const seen = [];
  for await (const { user_id } of new AttuneClient(url).users({ pageSize: 1 })) {
    seen.push(user_id);
  }

  assert.deepEqual(seen, ["ana", "bob"]);
  assert.deepEqual(requests.map(({ url }) => url), ["/users?limit=1", "/users?limit=1&cursor=YW5h"]);
});

test("a search goes on after a page without tracks", async (t) => {
  const { url, requests } = await fakeService(
    t,
    says(200, { tracks: [], next_cursor: "after t1" }),
    says(200, { tracks: [{ track_id: "t2" }], next_cursor: null }),
  );

  const seen = [];
  for await (const track of new AttuneClient(url).tracks({ search: "R&B caf\u00e9", pageSize: 1 })) {
    seen.push(track.track_id);
  }

  assert.deepEqual(seen, ["t2"]);
  assert.equal(requests[1].url, "/tracks?limit=1&cursor=after+t1&search=R%26B+caf%C3%A9");
});

for (const lines of ['{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}\n']]) {
  test(`a log of ${typeof lines} is sent as lines`, async (t) => {
    const { url, requests } = await fakeService(t, says(200, {}));

    await new AttuneClient(url).importLabels("ana", lines);

    assert.equal(requests[0].headers["content-type"], "application/x-ndjson");
    assert.equal(requests[0].body, '{"a":1}\n{"b":2}\n');
  });
}

test("a call without a reply body resolves to undefined", async (t) => {
  const { url } = await fakeService(t, nods());
  const attune = new AttuneClient(url);

  const told = [await attune.forget("ana"), await attune.readmit("ana"), await attune.deleteTrack("t")];

  assert.deepEqual(told, [undefined, undefined, undefined]);
});

test("only the service receives the key", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const attune = new AttuneClient(url, { key: " attune_secret " });

  await attune.model();

  assert.equal(requests[0].headers.authorization, "Bearer attune_secret");
  assert.doesNotMatch(inspect(attune, { depth: 9, showHidden: true }), /secret/);
});

test("a key function is called for each request", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));
  const keys = [undefined, "attune_later"];
  const attune = new AttuneClient(url, { key: () => keys.shift() });

  await attune.model();
  await attune.model();

  const shown = requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(shown, [undefined, "Bearer attune_later"]);
});

test("an invalid key throws without being shown", async (t) => {
  const { url, requests } = await fakeService(t, says(200, {}));

  await assert.rejects(new AttuneClient(url, { key: "sec\nret" }).model(), (error) => {
    assert.equal(error.name, "TypeError");
    assert.doesNotMatch(error.message, /sec|ret$/);
    return true;
  });

  assert.equal(requests.length, 0);
});

for (const url of ["", "/attune", "localhost:3000", "ftp://127.0.0.1", "http://"]) {
  test(`outside a page, ${JSON.stringify(url)} is no address`, () => {
    assert.throws(() => new AttuneClient(url), { name: "TypeError", message: /got "/ });
  });
}
