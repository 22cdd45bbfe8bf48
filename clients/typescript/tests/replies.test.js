/** Error replies, replies of other servers, and streamed replies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AttuneClient, AttuneError, ProblemError, UnexpectedReplyError } from "attune-client";
import { fakeService, says } from "./fake-service.js";

/** Return a reply that arrives in pieces. */
function inPieces(...pieces) {
  return (response) => {
    response.writeHead(200, { "Content-Type": "application/x-ndjson" });
    const next = () => {
      const piece = pieces.shift();
      response[piece === undefined ? "end" : "write"](piece ?? "");
      setTimeout(next, piece === undefined ? 1e6 : 5).unref();
    };
    next();
  };
}

test("a problem keeps all its members", async (t) => {
  const errors = [{ field: "labels.0.valence", message: "is 2; at most 1" }];
  const problem = { status: 422, code: "invalid_request", detail: "No.", request_id: "r7", errors };
  const { url } = await fakeService(t, says(422, problem, { "Retry-After": "soon" }));

  await assert.rejects(new AttuneClient(url).model(), (error) => {
    assert.ok(error instanceof ProblemError && error instanceof AttuneError);
    const { status, code, detail, requestId, retryAfterS } = error;
    assert.deepEqual({ status, code, detail, requestId, retryAfterS, errors: error.errors }, {
      status: 422,
      code: "invalid_request",
      detail: "No.",
      requestId: "r7",
      retryAfterS: undefined,
      errors,
    });
    assert.equal(`${error}`, "ProblemError: 422 invalid_request: No. (request r7)");
    return true;
  });
});

test("a proxy's error is a problem with a code of its status", async (t) => {
  const { url } = await fakeService(t, (response) => {
    response.writeHead(413, { "Content-Type": "text/html" });
    response.end("<h1>Too large</h1>");
  });

  await assert.rejects(new AttuneClient(url).model(), {
    status: 413,
    code: "http_413",
    detail: "<h1>Too large</h1>",
  });
});

for (const body of ["null", "7", '{"code": 7, "detail": "x"}', "[]"]) {
  test(`the error ${body} is no problem document`, async (t) => {
    const { url } = await fakeService(t, (response) => {
      response.writeHead(500);
      response.end(body);
    });

    await assert.rejects(new AttuneClient(url).model(), { code: "http_500", detail: body });
  });
}

test("a redirect is not followed", async (t) => {
  const { url, requests } = await fakeService(t, (response) => {
    response.writeHead(307, { Location: "/elsewhere" });
    response.end();
  });

  await assert.rejects(new AttuneClient(url).model(), { code: "http_307" });

  assert.equal(requests.length, 1);
});

test("a reply that is no JSON is an UnexpectedReplyError", async (t) => {
  const { url, requests } = await fakeService(t, (response) => response.end("<html>Welcome"));

  await assert.rejects(new AttuneClient(url).model(), (error) => {
    assert.ok(error instanceof UnexpectedReplyError);
    assert.match(error.message, /^GET \/model: expected JSON, got "<html>Welcome"/);
    return true;
  });

  assert.equal(requests.length, 1);
});

test("lines are joined from any pieces", async (t) => {
  const text = '{"event_id":"é1"}\n{"event_id":"e\u20282"}\n\n{"event_id":"e3"}';
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
  const { url } = await fakeService(t, inPieces(...bytes));

  const ids = [];
  for await (const { event_id } of new AttuneClient(url).labels("ana")) {
    ids.push(event_id);
  }

  assert.deepEqual(ids, ["é1", "e\u20282", "e3"]);
});

test("an empty log has no lines", async (t) => {
  const { url } = await fakeService(t, inPieces());

  const first = await new AttuneClient(url).labels("ana").next();

  assert.deepEqual(first, { done: true, value: undefined });
});

test("a log that breaks off is an error", async (t) => {
  const { url } = await fakeService(t, (response) => {
    response.write('{"event_id":"e1"}\n');
    setTimeout(() => response.socket.destroy(), 20);
  });
  const log = new AttuneClient(url).labels("ana");

  const first = await log.next();

  assert.equal(first.value.event_id, "e1");
  await assert.rejects(log.next(), { name: "TransportError", message: /the reply broke off/ });
});

test("a log that stops arriving times out", async (t) => {
  const { url } = await fakeService(t, (response) => response.write('{"event_id":"e1"}\n'));
  const log = new AttuneClient(url).labels("ana", { timeoutMs: 500 });

  await log.next();

  await assert.rejects(log.next(), { name: "TransportError", message: /nothing came for 0\.\d+ s/ });
});

test("a caller may stop reading a log", async (t) => {
  let isLeft;
  const left = new Promise((resolve) => (isLeft = resolve));
  const { url } = await fakeService(t, (response) => {
    response.on("close", isLeft);
    response.write('{"event_id":"e1"}\n{"event_id":"e2"}\n');
  });

  for await (const { event_id } of new AttuneClient(url).labels("ana")) {
    assert.equal(event_id, "e1");
    break;
  }

  await left;
});
