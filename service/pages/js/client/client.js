/** The client: one method for each call of the service. */
import { contentOf, get, post, segment, withEventId } from "./call.js";
import { ProblemError, TransportError } from "./errors.js";
import { Exchange } from "./exchange.js";
import { itself, json, nothing } from "./reply.js";
import { PATIENT } from "./retry.js";
import { authorization, baseOf, network } from "./route.js";
/**
 * An Attune service.
 *
 * A call is sent again when the connection fails or the service answers 429, 502, 503 or 504;
 * no call does more when it is sent twice. What remains is an AttuneError; see errors.ts.
 */
export class AttuneClient {
    #route;
    /**
     * @param url Where the service is; a path in it is kept. Empty: where the page came from.
     * @throws TypeError: there is no page, and the address does not say where.
     */
    constructor(url = "", { key, fetch = network, retry = {} } = {}) {
        this.#route = {
            url: baseOf(url),
            authorization: () => authorization(key),
            fetch,
            retry: { ...PATIENT, ...retry },
        };
    }
    /** Predict what a piece of music feels like, to `user_id` or to nobody in particular. */
    async predict(request, options) {
        return this.#send({ ...post("/predict", (json)), ...contentOf(request) }, options);
    }
    /** Predict many registered tracks, lyrics or embeddings; one answer or error each, in order. */
    async predictBatch(request, options) {
        return this.#send({ ...post("/predict_batch", (json)), json: request }, options);
    }
    /** Choose tracks that a listener's answers would teach most about, the best first. */
    async query(request, options) {
        return this.#send({ ...post("/query", (json)), json: request }, options);
    }
    /** Rank the catalogue by what a listener would put in a quadrant, or nearest to a point. */
    async rank(request, options) {
        return this.#send({ ...post("/rank", (json)), json: request }, options);
    }
    /**
     * Record a listener's answers, all or none.
     *
     * A label without an `event_id` gets one here, so a retry records it once. To send the same
     * answers again yourself, give them ids (`newId()`) or the call an `idempotencyKey`.
     */
    async update(request, { idempotencyKey, ...options } = {}) {
        const labels = idempotencyKey ? request.labels : request.labels.map(withEventId);
        const headers = idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {};
        const call = { ...post("/update", (json)), json: { ...request, labels } };
        return this.#send({ ...call, headers }, options);
    }
    /** Register a track under an id of the caller's choice, or replace it. */
    async putTrack(trackId, request, options) {
        const path = `/tracks/${segment(trackId)}`;
        const call = { method: "PUT", path, read: json };
        return this.#send({ ...call, ...contentOf(request) }, options);
    }
    /** Return a registered track and its prediction, for `userId` or for nobody in particular. */
    async getTrack(trackId, { userId, fusion, ...options } = {}) {
        const call = get(`/tracks/${segment(trackId)}`, (json));
        return this.#send({ ...call, query: { user_id: userId, fusion } }, options);
    }
    /** Return the recording of a track as it was sent; the service may not have kept it. */
    async trackAudio(trackId, options) {
        const call = get(`/tracks/${segment(trackId)}/audio`, (reply) => reply.blob());
        return this.#send(call, options);
    }
    /** Remove a track from the catalogue. */
    async deleteTrack(trackId, options) {
        return this.#send({ method: "DELETE", path: `/tracks/${segment(trackId)}`, read: nothing, recover: isGone }, options);
    }
    /** Iterate over all registered tracks, asking for `pageSize` at a time. */
    async *tracks({ pageSize = 100, ...options } = {}) {
        let cursor = null;
        do {
            const query = { limit: pageSize, cursor };
            const call = { ...get("/tracks", (json)), query };
            const page = await this.#send(call, options);
            yield* page.tracks;
            cursor = page.next_cursor;
        } while (cursor !== null);
    }
    /** Return a listener's profile. */
    async user(userId, options) {
        return this.#send(get(`/users/${segment(userId)}`, (json)), options);
    }
    /** Return what a listener has answered, and how their model differs from everybody's. */
    async picture(userId, options) {
        return this.#send(get(`/users/${segment(userId)}/picture`, (json)), options);
    }
    /**
     * Iterate over a listener's log as it comes in, the oldest event first.
     *
     * @throws TransportError: the connection broke; what came before is not the whole log.
     */
    async *labels(userId, options) {
        const reply = await this.#send(get(logOf(userId), itself), options);
        for await (const line of reply.lines()) {
            yield reply.parsed(line);
        }
    }
    /** Return a listener's log as lines of JSON: to be kept as they are. */
    async exportLabels(userId, options) {
        return this.#send(get(logOf(userId), (reply) => reply.text()), options);
    }
    /**
     * Record a log as `exportLabels` gave it, here or at another service: all or nothing.
     *
     * Lines that are known are duplicates, so sending a log again changes nothing.
     *
     * @param lines The whole text, or its lines with or without their ends.
     */
    async importLabels(userId, lines, options) {
        const given = typeof lines === "string" ? [lines] : [...lines];
        const text = given.map((line) => `${line.trimEnd()}\n`).join("");
        const call = post(logOf(userId), (json));
        return this.#send({ ...call, lines: text }, options);
    }
    /** Erase a listener: the log and all that was derived from it. Safe to repeat. */
    async forget(userId, options) {
        const path = `/users/${segment(userId)}`;
        return this.#send({ method: "DELETE", path, read: nothing }, options);
    }
    /** Let a forgotten listener answer again, as somebody new; an operator's key is needed. */
    async readmit(userId, options) {
        return this.#send(post(`/users/${segment(userId)}/readmit`, nothing), options);
    }
    /** Return how the service fares with all its listeners; an operator's key is needed. */
    async overview(options) {
        return this.#send(get("/overview", (json)), options);
    }
    /** Return which shared models are in use, and the fusions and strategies that they know. */
    async model(options) {
        return this.#send(get("/model", (json)), options);
    }
    /** Have the service take up the models in its folder; an operator's key is needed. */
    async reloadModel(options) {
        return this.#send(post("/model/reload", (json)), options);
    }
    /** Return whether the service answers and can serve; asks once, so poll it as you like. */
    async ready(options) {
        const call = get("/readyz", () => Promise.resolve(true));
        return this.#send({ ...call, isRepeatable: false, recover: isNotReady }, options);
    }
    async #send(call, options = {}) {
        return new Exchange(this.#route, call, options).run();
    }
}
function logOf(userId) {
    return `/users/${segment(userId)}/labels`;
}
/** Take "not found" for done when an earlier attempt, its reply lost, may have done it. */
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
