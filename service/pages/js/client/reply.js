/** A successful reply and how to read it. */
import { TransportError, UnexpectedReplyError } from "./errors.js";
const SHOWN = 80;
/** A successful reply whose body has not been read yet. */
export class Reply {
    #response;
    #watch;
    #name;
    #requestId;
    /**
     * @param response The result of `fetch`.
     * @param watch The time limit of that `fetch`.
     * @param name Method and path of the request, for errors.
     * @param requestId The id of the request, for errors.
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
    /** Return the body as bytes. */
    blob() {
        return this.#watch.during(() => this.#response.blob());
    }
    /** Return a part of the body as a JSON value. */
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
     * Yield the lines of the body as they arrive, without line ends and empty lines.
     *
     * @throws TransportError: the connection broke; lines are missing.
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
            await reader?.cancel().catch(() => undefined); // the caller may stop early
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
/** Return why a request failed; Node puts that in the error's cause. */
export function reason(failure) {
    if (!(failure instanceof Error)) {
        return String(failure);
    }
    return failure.cause instanceof Error ? failure.cause.message : failure.message;
}
/** Read a reply as one JSON value. */
export function json(reply) {
    return reply.json();
}
/** Return a reply unread. */
export function itself(reply) {
    return Promise.resolve(reply);
}
/** Ignore the body of a reply. */
export function nothing() {
    return Promise.resolve();
}
