/** The client: one method for each call of the service. */
import { contentOf, get, post, segment, withEventId } from "./call.js";
import type { Call, CallOptions } from "./call.js";
import { ProblemError, TransportError } from "./errors.js";
import type { AttuneError } from "./errors.js";
import { Exchange } from "./exchange.js";
import { itself, json, nothing } from "./reply.js";
import { PATIENT } from "./retry.js";
import type { RetryPolicy } from "./retry.js";
import { authorization, baseOf, network } from "./route.js";
import type { Fetch, Key, Route } from "./route.js";
import type * as wire from "./types.js";

/** How a client reaches the service. */
export interface ClientOptions {
  /** The API key, where the service wants one, or what returns it; asked for each request. */
  key?: Key;
  /** What carries requests; the global `fetch` unless a test says otherwise. */
  fetch?: Fetch | undefined;
  /** When a failed call is sent again; what is left out stays as it is. */
  retry?: Partial<RetryPolicy> | undefined;
}

/**
 * An Attune service.
 *
 * A call is sent again when the connection fails or the service answers 429, 502, 503 or 504;
 * no call does more when it is sent twice. What remains is an AttuneError; see errors.ts.
 */
export class AttuneClient {
  readonly #route: Route;

  /**
   * @param url Where the service is; a path in it is kept. Empty: where the page came from.
   * @throws TypeError: there is no page, and the address does not say where.
   */
  constructor(url = "", { key, fetch = network, retry = {} }: ClientOptions = {}) {
    this.#route = {
      url: baseOf(url),
      authorization: () => authorization(key),
      fetch,
      retry: { ...PATIENT, ...retry },
    };
  }

  /** Predict what a piece of music feels like, to `user_id` or to nobody in particular. */
  async predict(request: wire.PredictRequest, options?: CallOptions): Promise<wire.Prediction> {
    return this.#send({ ...post("/predict", json<wire.Prediction>), ...contentOf(request) }, options);
  }

  /** Predict many registered tracks, lyrics or embeddings; one answer or error each, in order. */
  async predictBatch(request: wire.BatchRequest, options?: CallOptions): Promise<wire.Batch> {
    return this.#send({ ...post("/predict_batch", json<wire.Batch>), json: request }, options);
  }

  /** Choose tracks that a listener's answers would teach most about, the best first. */
  async query(request: wire.QueryRequest, options?: CallOptions): Promise<wire.QueryReply> {
    return this.#send({ ...post("/query", json<wire.QueryReply>), json: request }, options);
  }

  /** Rank the catalogue by what a listener would put in a quadrant, or nearest to a point. */
  async rank(request: wire.RankRequest, options?: CallOptions): Promise<wire.RankReply> {
    return this.#send({ ...post("/rank", json<wire.RankReply>), json: request }, options);
  }

  /**
   * Record a listener's answers, all or none.
   *
   * A label without an `event_id` gets one here, so a retry records it once. To send the same
   * answers again yourself, give them ids (`newId()`) or the call an `idempotencyKey`.
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

  /** Register a track under an id of the caller's choice, or replace it. */
  async putTrack(
    trackId: string,
    request: wire.TrackRequest,
    options?: CallOptions,
  ): Promise<wire.Track> {
    const path = `/tracks/${segment(trackId)}`;
    const call: Call<wire.Track> = { method: "PUT", path, read: json };
    return this.#send({ ...call, ...contentOf(request) }, options);
  }

  /** Return a registered track and its prediction, for `userId` or for nobody in particular. */
  async getTrack(
    trackId: string,
    { userId, fusion, ...options }: CallOptions & { userId?: string; fusion?: string } = {},
  ): Promise<wire.Track> {
    const call = get(`/tracks/${segment(trackId)}`, json<wire.Track>);
    return this.#send({ ...call, query: { user_id: userId, fusion } }, options);
  }

  /** Return the recording of a track as it was sent; the service may not have kept it. */
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

  /** Iterate over all registered tracks, asking for `pageSize` at a time. */
  async *tracks({
    pageSize = 100,
    ...options
  }: CallOptions & { pageSize?: number } = {}): AsyncGenerator<wire.Track, void, undefined> {
    let cursor: string | null = null;
    do {
      const query: Call<unknown>["query"] = { limit: pageSize, cursor };
      const call = { ...get("/tracks", json<wire.TrackPage>), query };
      const page: wire.TrackPage = await this.#send(call, options);
      yield* page.tracks;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /** Return a listener's profile. */
  async user(userId: string, options?: CallOptions): Promise<wire.User> {
    return this.#send(get(`/users/${segment(userId)}`, json<wire.User>), options);
  }

  /** Return what a listener has answered, and how their model differs from everybody's. */
  async picture(userId: string, options?: CallOptions): Promise<wire.Picture> {
    return this.#send(get(`/users/${segment(userId)}/picture`, json<wire.Picture>), options);
  }

  /**
   * Iterate over a listener's log as it comes in, the oldest event first.
   *
   * @throws TransportError: the connection broke; what came before is not the whole log.
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

  /** Return a listener's log as lines of JSON: to be kept as they are. */
  async exportLabels(userId: string, options?: CallOptions): Promise<string> {
    return this.#send(get(logOf(userId), (reply) => reply.text()), options);
  }

  /**
   * Record a log as `exportLabels` gave it, here or at another service: all or nothing.
   *
   * Lines that are known are duplicates, so sending a log again changes nothing.
   *
   * @param lines The whole text, or its lines with or without their ends.
   */
  async importLabels(
    userId: string,
    lines: string | Iterable<string>,
    options?: CallOptions,
  ): Promise<wire.UpdateReply> {
    const given = typeof lines === "string" ? [lines] : [...lines];
    const text = given.map((line) => `${line.trimEnd()}\n`).join("");
    const call = post(logOf(userId), json<wire.UpdateReply>);
    return this.#send({ ...call, lines: text }, options);
  }

  /** Erase a listener: the log and all that was derived from it. Safe to repeat. */
  async forget(userId: string, options?: CallOptions): Promise<void> {
    const path = `/users/${segment(userId)}`;
    return this.#send({ method: "DELETE", path, read: nothing }, options);
  }

  /** Let a forgotten listener answer again, as somebody new; an operator's key is needed. */
  async readmit(userId: string, options?: CallOptions): Promise<void> {
    return this.#send(post(`/users/${segment(userId)}/readmit`, nothing), options);
  }

  /** Return how the service fares with all its listeners; an operator's key is needed. */
  async overview(options?: CallOptions): Promise<wire.Overview> {
    return this.#send(get("/overview", json<wire.Overview>), options);
  }

  /** Return which shared models are in use, and the fusions and strategies that they know. */
  async model(options?: CallOptions): Promise<wire.Model> {
    return this.#send(get("/model", json<wire.Model>), options);
  }

  /** Have the service take up the models in its folder; an operator's key is needed. */
  async reloadModel(options?: CallOptions): Promise<wire.Reload> {
    return this.#send(post("/model/reload", json<wire.Reload>), options);
  }

  /** Return whether the service answers and can serve; asks once, so poll it as you like. */
  async ready(options?: CallOptions): Promise<boolean> {
    const call = get("/readyz", () => Promise.resolve(true));
    return this.#send({ ...call, isRepeatable: false, recover: isNotReady }, options);
  }

  async #send<T>(call: Call<T>, options: CallOptions = {}): Promise<T> {
    return new Exchange(this.#route, call, options).run();
  }
}

function logOf(userId: string): string {
  return `/users/${segment(userId)}/labels`;
}

/** Take "not found" for done when an earlier attempt, its reply lost, may have done it. */
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
