/** A successful reply, and the ways to read it. */
import { TransportError, UnexpectedReplyError } from "./errors.js";
const SHOWN = 80;
/** A successful reply whose body has not been read yet. */
export class Reply {
    #response;
    #watch;
    #name;
    #requestId;
    /**
     * @param response What `fetch` resolved to.
     * @param watch What that `fetch` listens to.
     * @param name What errors call the request: its method and path.
     * @param requestId What it was sent under.
     */
    constructor(response, watch, name, requestId) {
        this.#response = response;
        this.#watch = watch;
        this.#name = name;
        this.#requestId = requestId;
    }
    /** Return the body as a JSON value. */
    async json() {
        return this.parsed(await this.text());
    }
    /** Return the body as text. */
    text() {
        return this.#watch.during(() => this.#response.text());
    }
    /** Return the body as it is. */
    blob() {
        return this.#watch.during(() => this.#response.blob());
    }
    /** Return a JSON value that is a part of the body. */
    parsed(text) {
        try {
            return JSON.parse(text);
        }
        catch (cause) {
            const shown = JSON.stringify(text.slice(0, SHOWN));
            throw new UnexpectedReplyError(`${this.#name}: expected JSON, got ${shown} (request ${this.#requestId})`, this.#requestId, { cause });
        }
    }
    /**
     * Yield the body line by line as it comes in, without the lines' ends; empty ones are left out.
     *
     * @throws TransportError: the connection broke, so what was yielded is not all.
     */
    async *lines() {
        let rest = "";
        for await (const text of this.#texts()) {
            const lines = (rest + text).split("\n");
            rest = lines.pop() ?? "";
            yield* lines.filter((line) => line.trim());
        }
        if (rest.trim()) {
            yield rest;
        }
    }
    async *#texts() {
        const reader = this.#response.body?.getReader();
        const decoder = new TextDecoder();
        try {
            for (let chunk = await this.#next(reader); chunk; chunk = await this.#next(reader)) {
                yield decoder.decode(chunk, { stream: true });
            }
            yield decoder.decode();
        }
        finally {
            await reader?.cancel().catch(() => undefined); // whoever has enough may leave
        }
    }
    async #next(reader) {
        try {
            return reader && (await this.#watch.during(() => reader.read())).value;
        }
        catch (failure) {
            throw this.#watch.isCancelled ? failure : this.#broken(failure);
        }
    }
    #broken(cause) {
        const message = `${this.#name}: the reply broke off: ${reason(cause)}`;
        return new TransportError(message, this.#requestId, { cause });
    }
}
/** Return why a request failed; Node keeps that in the error's cause. */
export function reason(failure) {
    if (!(failure instanceof Error)) {
        return String(failure);
    }
    return failure.cause instanceof Error ? failure.cause.message : failure.message;
}
/** Read a reply that is one JSON value. */
export function json(reply) {
    return reply.json();
}
/** Leave a reply unread, for the caller to do so. */
export function itself(reply) {
    return Promise.resolve(reply);
}
/** Read nothing: success says it all. */
export function nothing() {
    return Promise.resolve();
}
