/** Errors reach listeners as sentences without technical words. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ProblemError, TransportError } from "../../../../service/pages/js/client/index.js";
import { errorMessage, noticeMessages } from "../../../../service/pages/js/messages.js";

const CONTRACT = new URL("../../../openapi.json", import.meta.url);
const TECHNICAL = /header|Bearer|bytes|HTTP|JSON|token|`|_|\d{3}/;

test("every error of the contract is a sentence in everyday words", async () => {
  const { description } = JSON.parse(await readFile(CONTRACT, "utf8")).info;
  const errors = [...description.matchAll(/^- `(\w+)` \((\d+)\)/gm)];

  assert.ok(errors.length > 30);
  for (const [, code, status] of errors) {
    const problem = { code, detail: "`Authorization: Bearer` holds 12 bytes." };
    const message = errorMessage(new ProblemError(Number(status), problem, "r-1"));
    assert.match(message, /^[A-Z].*\.$/, code);
    assert.doesNotMatch(message, TECHNICAL, code);
  }
});

test("a lost connection is named, and a page's own sentence is kept", () => {
  assert.match(errorMessage(new TransportError("no reply", "r-1")), /cannot be reached/);
  assert.equal(errorMessage(new Error("Stopped.")), "Stopped.");
});

test("a notice for operators is replaced, another is shown as it is", () => {
  const notices = [
    { code: "stale_features", message: "`python -m service reembed`" },
    { code: "lyrics_language", message: "Only English lyrics are read." },
  ];

  const [stale, language] = noticeMessages({ notices });

  assert.doesNotMatch(stale, TECHNICAL);
  assert.equal(language, "Only English lyrics are read.");
  assert.deepEqual(noticeMessages({}), []);
});
