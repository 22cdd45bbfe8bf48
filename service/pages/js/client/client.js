/** The client, with a method for each call of the service. */
import { contentOf, get, post, segment, withEventId } from "./call.js";
import { ProblemError, TransportError } from "./errors.js";
import { Exchange } from "./exchange.js";
import { withBlobs } from "./recording.js";
import { itself, json, nothing } from "./reply.js";
import { PATIENT } from "./retry.js";
import { authorization, baseOf, network } from "./route.js";
/**
 * An Attune service.
 *
 * A call is repeated after a failed connection and after 429, 502, 503 and 504; every call is
 * idempotent. Calls throw an AttuneError; see errors.ts.
 */
export class AttuneClient {
    #route;
    /**
     * @param url Address of the service, with an optional path; empty: the origin of the page.
     * @throws TypeError: `url` is no address, and there is no page.
     */
    constructor(url = "", { key, fetch = network, retry = {} } = {}) {
        this.#route = {
            url: baseOf(url),
            authorization: () => authorization(key),
            fetch,
            retry: { ...PATIENT, ...retry },
        };
    }
    /** Predict the emotion of a track for `user_id`, or with the population model. */
    async predict(request, options) {
        return this.#send({ ...post("/predict", (json)), ...contentOf(withBlobs(request)) }, options);
    }
    /** Predict many registered tracks, lyrics or embeddings; a result or error for each, in order. */
    async predictBatch(request, options) {
        return this.#send({ ...post("/predict_batch", (json)), json: request }, options);
    }
    /** Choose the most informative tracks to ask a user about, the best first. */
    async query(request, options) {
        return this.#send({ ...post("/query", (json)), json: request }, options);
    }
    /** Rank the catalogue for a user by a quadrant's probability or the distance to a point. */
    async rank(request, options) {
        return this.#send({ ...post("/rank", (json)), json: request }, options);
    }
    /**
     * Record a user's labels, all or none.
     *
     * A label without an `event_id` gets one, so that a retry records it once. To repeat the call
     * yourself, set `event_id` (`newId()`) or `idempotencyKey`.
     */
    async update(request, { idempotencyKey, ...options } = {}) {
        const labels = idempotencyKey ? request.labels : request.labels.map(withEventId);
        const headers = idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {};
        const call = { ...post("/update", (json)), json: { ...request, labels } };
        return this.#send({ ...call, headers }, options);
    }
    /**
     * Register or replace a track under the caller's id. Without content, the given title, artist and
     * `audio_url` of a registered track change; null clears one, and the others stay.
     */
    async putTrack(trackId, request, options) {
        const path = `/tracks/${segment(trackId)}`;
        const call = { method: "PUT", path, read: json };
        return this.#send({ ...call, ...contentOf(withBlobs(request)) }, options);
    }
    /** Return a track and its prediction for `userId`, or with the population model. */
    async getTrack(trackId, { userId, fusion, ...options } = {}) {
        const call = get(`/tracks/${segment(trackId)}`, (json));
        return this.#send({ ...call, query: { user_id: userId, fusion } }, options);
    }
    /** Return the recording of a track, if the service stores recordings. */
    async trackAudio(trackId, options) {
        const call = get(`/tracks/${segment(trackId)}/audio`, (reply) => reply.blob());
        return this.#send(call, options);
    }
    /** Remove a track from the catalogue. */
    async deleteTrack(trackId, options) {
        return this.#send({ method: "DELETE", path: `/tracks/${segment(trackId)}`, read: nothing, recover: isGone }, options);
    }
    /**
     * Iterate over the registered tracks by id, in pages of `pageSize`; with `search`, over those
     * whose title and artist have all its words. The last word may be the beginning of a longer one.
     */
    async *tracks({ pageSize = 100, search, ...options } = {}) {
        const query = { search };
        for await (const page of this.#pages("/tracks", pageSize, options, query)) {
            yield* page.tracks;
        }
    }
    /** Iterate over all users with recorded labels, in pages of `pageSize`. */
    async *users({ pageSize = 100, ...options } = {}) {
        for await (const page of this.#pages("/users", pageSize, options)) {
            yield* page.users;
        }
    }
    /** Return a listener's profile. */
    async user(userId, options) {
        return this.#send(get(`/users/${segment(userId)}`, (json)), options);
    }
    /** Return a user's labels, and how their model differs from the population model. */
    async picture(userId, options) {
        return this.#send(get(`/users/${segment(userId)}/picture`, (json)), options);
    }
    /**
     * Iterate over a user's label log as it arrives, the oldest event first.
     *
     * @throws TransportError: the connection broke; events are missing.
     */
    async *labels(userId, options) {
        const reply = await this.#send(get(logOf(userId), itself), options);
        for await (const line of reply.lines()) {
            yield reply.parsed(line);
        }
    }
    /** Return a user's label log as NDJSON, as `importLabels` reads it. */
    async exportLabels(userId, options) {
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
    async importLabels(userId, lines, { replace, ...options } = {}) {
        const given = typeof lines === "string" ? [lines] : [...lines];
        const text = given.map((line) => `${line.trimEnd()}\n`).join("");
        const call = post(logOf(userId), (json));
        return this.#send({ ...call, lines: text, query: { replace: replace ? "true" : null } }, options);
    }
    /** Erase a user's label log and everything derived from it. Safe to repeat. */
    async forget(userId, options) {
        const path = `/users/${segment(userId)}`;
        return this.#send({ method: "DELETE", path, read: nothing }, options);
    }
    /** Allow a forgotten user to answer again, as a new one; needs the scope admin. */
    async readmit(userId, options) {
        return this.#send(post(`/users/${segment(userId)}/readmit`, nothing), options);
    }
    /** Return the statistics of the service; needs the scope admin. */
    async overview(options) {
        return this.#send(get("/overview", (json)), options);
    }
    /** Return the served snapshot, its fusions and its strategies. */
    async model(options) {
        return this.#send(get("/model", (json)), options);
    }
    /** Load the snapshot from the service's folder; needs the scope admin. */
    async reloadModel(options) {
        return this.#send(post("/model/reload", (json)), options);
    }
    /** Return whether the service is ready; makes one attempt, so that it can be polled. */
    async ready(options) {
        const call = get("/readyz", () => Promise.resolve(true));
        return this.#send({ ...call, isRepeatable: false, recover: isNotReady }, options);
    }
    async #send(call, options = {}) {
        return new Exchange(this.#route, call, options).run();
    }
    async *#pages(path, limit, options, more = {}) {
        let cursor = null;
        do {
            const call = { ...get(path, (json)), query: { limit, cursor, ...more } };
            const page = await this.#send(call, options);
            yield page;
            cursor = page.next_cursor;
        } while (cursor !== null);
    }
}
function logOf(userId) {
    return `/users/${segment(userId)}/labels`;
}
/** Accept "not found" after a retry: an earlier attempt may have deleted the track. */
function isGone(error, attemptsMade) {
    if (!(error instanceof ProblemError && error.status === 404 && attemptsMade > 1)) {
        throw error;
    }
}
function isNotReady(error) {
    const isDown = error instanceof ProblemError && error.status >= 500;
    if (isDown || error instanceof TransportError) {
        return false;
    }
    throw error;
}
