/** Every call of the contract by openapi-fetch, with the types that openapi-typescript makes of it. */
import createClient from "openapi-fetch";
import type { components, paths } from "./contract.js";
import { tone } from "./tone.js";

declare const process: { argv: string[] };

type Line = components["schemas"]["LabelLine"];

const attune = createClient<paths>({ baseUrl: process.argv[2] ?? "" });
const track_id = "generated";
const user_id = "gina";
const track = { path: { track_id } };
const listener = { path: { user_id } };
const earlier: Line = { event_id: "g-0", track_id, cant_tell: true, created_at: "2026-01-02T03:04:05Z" };

/** Return what a call that must succeed replied. */
async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const reply = await call;
  if (!reply.response.ok) {
    throw new Error(`${reply.response.url}: ${JSON.stringify(reply.error)}`);
  }
  return reply.data as T;
}

/** Fail unless a claim about a reply holds. */
function expect(claim: boolean, what: unknown): void {
  if (!claim) {
    throw new Error(`not expected: ${JSON.stringify(what)}`);
  }
}

/** Return a form; of a field that is a file, the types say only that it is text. */
function form(fields: object): FormData {
  const sent = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    sent.set(name, value as string | Blob);
  }
  return sent;
}

const text = { lyrics: "Here it comes", title: "Dusk" };
const first = await data(attune.PUT("/tracks/{track_id}", { params: track, body: text }));
expect(first.title === "Dusk" && first.prediction?.segments.length === 0, first);
const recording = new Blob([tone(2)]) as unknown as string;
const put = await data(
  attune.PUT("/tracks/{track_id}", {
    params: track,
    body: { audio: recording, lyrics: "Here it comes", title: "Dawn" },
    bodySerializer: form,
  }),
);
expect(put.track_id === track_id && put.prediction?.segments.length === 1, put);
const page = await data(attune.GET("/tracks", { params: { query: { limit: 5 } } }));
expect(page.tracks.length === 1 && page.next_cursor === null, page);
const shown = await data(
  attune.GET("/tracks/{track_id}", { params: { ...track, query: { user_id } } }),
);
expect(shown.prediction?.personal?.n_labels === 0, shown);
const heard: unknown = await data(
  attune.GET("/tracks/{track_id}/audio", { params: track, parseAs: "blob" }),
);
expect(heard instanceof Blob && heard.type === "audio/wav", heard);

const uploaded = await data(
  attune.POST("/predict", { body: { audio: recording, user_id }, bodySerializer: form }),
);
const stored = await data(attune.POST("/predict", { body: { track_id } }));
expect(uploaded.probabilities["Q1"]! > 0 && stored.personal === null, [uploaded, stored]);
const batch = await data(attune.POST("/predict_batch", { body: { track_ids: [track_id, "nowhere"] } }));
expect(batch.items[0]?.error === null && batch.items[1]?.error?.code === "track_not_found", batch);
const query = await data(attune.POST("/query", { body: { user_id, n: 1 } }));
expect(query.tracks[0]?.track_id === track_id, query);
const ranked = await data(attune.POST("/rank", { body: { user_id, quadrant: "Q4" } }));
expect(ranked.tracks[0]?.track_id === track_id, ranked);
const updated = await data(
  attune.POST("/update", {
    params: { header: { "Idempotency-Key": "gina-1" } },
    body: { user_id, labels: [{ track_id, quadrant: "Q4" }], effect: true },
  }),
);
expect(updated.accepted === 1 && updated.effect !== null, updated);

const brought = await data(
  attune.POST("/users/{user_id}/labels", {
    params: listener,
    headers: { "Content-Type": "application/x-ndjson" },
    body: earlier,
  }),
);
expect(brought.accepted === 1, brought);
const log: unknown = await data(
  attune.GET("/users/{user_id}/labels", { params: listener, parseAs: "text" }),
);
expect(typeof log === "string" && log.split("\n").length === 3, log);
const kept = await data(
  attune.POST("/users/{user_id}/labels", {
    params: listener,
    body: { lines: (log as string).trim().split("\n").map((line) => JSON.parse(line) as Line) },
  }),
);
expect(kept.duplicates === 2, kept);
const user = await data(attune.GET("/users/{user_id}", { params: listener }));
const picture = await data(attune.GET("/users/{user_id}/picture", { params: listener }));
expect(user.n_labels + user.n_cant_tell === 1 && picture.user_id === user_id, [user, picture]);

const model = await data(attune.GET("/model"));
const reload = await data(attune.POST("/model/reload"));
expect(model.strategies.includes("diverse") && reload.version === model.snapshot, [model, reload]);
const overview = await data(attune.GET("/overview"));
const ready = await data(attune.GET("/readyz"));
expect(overview.n_tracks > 0 && ready.status === "ready", [overview, ready]);
const alive = await data(attune.GET("/livez", { parseAs: "text" }));
const metrics = await data(attune.GET("/metrics", { parseAs: "text" }));
expect(alive === "\n" && metrics.includes("attune_requests_total"), [alive, metrics]);

const wrong = await attune.GET("/tracks/{track_id}", { params: { path: { track_id: "nowhere" } } });
expect(wrong.error?.code === "track_not_found", wrong.error);
expect((await attune.DELETE("/tracks/{track_id}", { params: track })).response.status === 204, track);
expect((await attune.DELETE("/users/{user_id}", { params: listener })).response.status === 204, listener);
await data(attune.POST("/users/{user_id}/readmit", { params: listener }));
console.log("every call works");

// @ts-expect-error there is no such call
attune.GET("/nowhere");
// @ts-expect-error a quadrant is one of four
attune.POST("/rank", { body: { user_id, quadrant: "Q5" } });
