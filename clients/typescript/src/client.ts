/** The client, with a method for each call of the service. */
import { contentOf, get, post, segment, withEventId } from "./call.js";
import type { Call, CallOptions } from "./call.js";
import { ProblemError, TransportError } from "./errors.js";
import type { AttuneError } from "./errors.js";
import { Exchange } from "./exchange.js";
import { withBlobs } from "./recording.js";
import { itself, json, nothing } from "./reply.js";
import { PATIENT } from "./retry.js";
import type { RetryPolicy } from "./retry.js";
import { authorization, baseOf, network } from "./route.js";
import type { Fetch, Key, Route } from "./route.js";
import type * as wire from "./types.js";

/** Options of a client. */
export interface ClientOptions {
  /** The API key, or a function that returns it for each request. */
  key?: Key;
  /** Sends the requests; the global `fetch` by default. */
  fetch?: Fetch | undefined;
  /** Changes to the default retry policy. */
  retry?: Partial<RetryPolicy> | undefined;
}

/**
 * An Attune service.
 *
 * A call is repeated after a failed connection and after 429, 502, 503 and 504; every call is
 * idempotent. Calls throw an AttuneError; see errors.ts.
 */
export class AttuneClient {
  readonly #route: Route;

  /**
   * @param url Address of the service, with an optional path; empty: the origin of the page.
   * @throws TypeError: `url` is no address, and there is no page.
   */
  constructor(url = "", { key, fetch = network, retry = {} }: ClientOptions = {}) {
    this.#route = {
      url: baseOf(url),
      authorization: () => authorization(key),
      fetch,
      retry: { ...PATIENT, ...retry },
    };
  }

  /** Predict the emotion of a track for `user_id`, or with the population model. */
  async predict(request: wire.PredictRequest, options?: CallOptions): Promise<wire.Prediction> {
    return this.#send({ ...post("/predict", json<wire.Prediction>), ...contentOf(withBlobs(request)) }, options);
  }

  /** Predict many registered tracks, lyrics or embeddings; a result or error for each, in order. */
  async predictBatch(request: wire.BatchRequest, options?: CallOptions): Promise<wire.Batch> {
    return this.#send({ ...post("/predict_batch", json<wire.Batch>), json: request }, options);
  }

  /** Choose the most informative tracks to ask a user about, the best first. */
  async query(request: wire.QueryRequest, options?: CallOptions): Promise<wire.QueryReply> {
    return this.#send({ ...post("/query", json<wire.QueryReply>), json: request }, options);
  }

  /** Rank the catalogue for a user by a quadrant's probability or the distance to a point. */
  async rank(request: wire.RankRequest, options?: CallOptions): Promise<wire.RankReply> {
    return this.#send({ ...post("/rank", json<wire.RankReply>), json: request }, options);
  }

  /**
   * Record a user's labels, all or none.
   *
   * A label without an `event_id` gets one, so that a retry records it once. To repeat the call
   * yourself, set `event_id` (`newId()`) or `idempotencyKey`.
   */
  async update(
    request: wire.UpdateRequest,
    { idempotencyKey, ...options }: CallOptions & { idempotencyKey?: string | undefined } = {},
  ): Promise<wire.UpdateReply> {
    const labels = idempotencyKey ? request.labels : request.labels.map(withEventId);
    const headers = idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {};
    const call = { ...post("/update", json<wire.UpdateReply>), json: { ...request, labels } };
    return this.#send({ ...call, headers }, options);
  }

  /**
   * Register or replace a track under the caller's id. Without content, the given title, artist and
   * `audio_url` of a registered track change; null clears one, and the others stay.
   */
  async putTrack(
    trackId: string,
    request: wire.TrackRequest,
    options?: CallOptions,
  ): Promise<wire.Track> {
    const path = `/tracks/${segment(trackId)}`;
    const call: Call<wire.Track> = { method: "PUT", path, read: json };
    return this.#send({ ...call, ...contentOf(withBlobs(request)) }, options);
  }

  /** Return a track and its prediction for `userId`, or with the population model. */
  async getTrack(
    trackId: string,
    { userId, fusion, ...options }: CallOptions & { userId?: string; fusion?: string } = {},
  ): Promise<wire.Track> {
    const call = get(`/tracks/${segment(trackId)}`, json<wire.Track>);
    return this.#send({ ...call, query: { user_id: userId, fusion } }, options);
  }

  /** Return the recording of a track, if the service stores recordings. */
  async trackAudio(trackId: string, options?: CallOptions): Promise<Blob> {
    const call = get(`/tracks/${segment(trackId)}/audio`, (reply) => reply.blob());
    return this.#send(call, options);
  }

  /** Remove a track from the catalogue. */
  async deleteTrack(trackId: string, options?: CallOptions): Promise<void> {
    return this.#send(
      { method: "DELETE", path: `/tracks/${segment(trackId)}`, read: nothing, recover: isGone },
      options,
    );
  }

  /**
   * Iterate over the registered tracks by id, in pages of `pageSize`; with `search`, over those
   * whose title and artist have all its words. The last word may be the beginning of a longer one.
   */
  async *tracks({
    pageSize = 100,
    search,
    ...options
  }: CallOptions & { pageSize?: number; search?: string } = {}): AsyncGenerator<
    wire.Track,
    void,
    undefined
  > {
    const query = { search };
    for await (const page of this.#pages<wire.TrackPage>("/tracks", pageSize, options, query)) {
      yield* page.tracks;
    }
  }

  /** Iterate over all users with recorded labels, in pages of `pageSize`. */
  async *users({
    pageSize = 100,
    ...options
  }: CallOptions & { pageSize?: number } = {}): AsyncGenerator<wire.UserItem, void, undefined> {
    for await (const page of this.#pages<wire.UserPage>("/users", pageSize, options)) {
      yield* page.users;
    }
  }

  /** Return a listener's profile. */
  async user(userId: string, options?: CallOptions): Promise<wire.User> {
    return this.#send(get(`/users/${segment(userId)}`, json<wire.User>), options);
  }

  /** Return a user's labels, and how their model differs from the population model. */
  async picture(userId: string, options?: CallOptions): Promise<wire.Picture> {
    return this.#send(get(`/users/${segment(userId)}/picture`, json<wire.Picture>), options);
  }

  /**
   * Iterate over a user's label log as it arrives, the oldest event first.
   *
   * @throws TransportError: the connection broke; events are missing.
   */
  async *labels(
    userId: string,
    options?: CallOptions,
  ): AsyncGenerator<wire.LoggedLabel, void, undefined> {
    const reply = await this.#send(get(logOf(userId), itself), options);
    for await (const line of reply.lines()) {
      yield reply.parsed<wire.LoggedLabel>(line);
    }
  }

  /** Return a user's label log as NDJSON, as `importLabels` reads it. */
  async exportLabels(userId: string, options?: CallOptions): Promise<string> {
    return this.#send(get(logOf(userId), (reply) => reply.text()), options);
  }

  /**
   * Record a log of `exportLabels`, of this or another service, all or nothing.
   *
   * Known events are ignored, so that a repeated import changes nothing. Labels of deleted or
   * unknown tracks are kept; the reply names these tracks. With `replace`, a line may replace a
   * newer label of its track, as when a whole log is moved.
   *
   * @param lines The whole text, or its lines with or without line ends.
   */
  async importLabels(
    userId: string,
    lines: string | Iterable<string>,
    { replace, ...options }: CallOptions & { replace?: boolean | undefined } = {},
  ): Promise<wire.ImportReply> {
    const given = typeof lines === "string" ? [lines] : [...lines];
    const text = given.map((line) => `${line.trimEnd()}\n`).join("");
    const call = post(logOf(userId), json<wire.ImportReply>);
    return this.#send({ ...call, lines: text, query: { replace: replace ? "true" : null } }, options);
  }

  /** Erase a user's label log and everything derived from it. Safe to repeat. */
  async forget(userId: string, options?: CallOptions): Promise<void> {
    const path = `/users/${segment(userId)}`;
    return this.#send({ method: "DELETE", path, read: nothing }, options);
  }

  /** Allow a forgotten user to answer again, as a new one; needs the scope admin. */
  async readmit(userId: string, options?: CallOptions): Promise<void> {
    return this.#send(post(`/users/${segment(userId)}/readmit`, nothing), options);
  }

  /** Return the statistics of the service; needs the scope admin. */
  async overview(options?: CallOptions): Promise<wire.Overview> {
    return this.#send(get("/overview", json<wire.Overview>), options);
  }

  /** Return the served snapshot, its fusions and its strategies. */
  async model(options?: CallOptions): Promise<wire.Model> {
    return this.#send(get("/model", json<wire.Model>), options);
  }

  /** Load the snapshot from the service's folder; needs the scope admin. */
  async reloadModel(options?: CallOptions): Promise<wire.Reload> {
    return this.#send(post("/model/reload", json<wire.Reload>), options);
  }

  /** Return whether the service is ready; makes one attempt, so that it can be polled. */
  async ready(options?: CallOptions): Promise<boolean> {
    const call = get("/readyz", () => Promise.resolve(true));
    return this.#send({ ...call, isRepeatable: false, recover: isNotReady }, options);
  }

  async #send<T>(call: Call<T>, options: CallOptions = {}): Promise<T> {
    return new Exchange(this.#route, call, options).run();
  }

  async *#pages<P extends { next_cursor: string | null }>(
    path: string,
    limit: number,
    options: CallOptions,
    more: Call<P>["query"] = {},
  ): AsyncGenerator<P, void, undefined> {
    let cursor: string | null = null;
    do {
      const call: Call<P> = { ...get(path, json<P>), query: { limit, cursor, ...more } };
      const page: P = await this.#send(call, options);
      yield page;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }
}

function logOf(userId: string): string {
  return `/users/${segment(userId)}/labels`;
}

/** Accept "not found" after a retry: an earlier attempt may have deleted the track. */
function isGone(error: AttuneError, attemptsMade: number): void {
  if (!(error instanceof ProblemError && error.status === 404 && attemptsMade > 1)) {
    throw error;
  }
}

function isNotReady(error: AttuneError): boolean {
  const isDown = error instanceof ProblemError && error.status >= 500;
  if (isDown || error instanceof TransportError) {
    return false;
  }
  throw error;
}
