/** How often a call is sent again, and how long it waits in between. */
import { AttuneError, ProblemError, TransportError } from "./errors.js";
/** Busy, restarting, or a proxy that lost its service: worth asking again. */
const REPEATABLE_STATUSES = new Set([429, 502, 503, 504]);
const MS = 1000;
/** Four attempts within half a minute. */
export const PATIENT = {
    attempts: 4,
    timeoutMs: 10_000,
    deadlineMs: 30_000,
    firstWaitMs: 200,
    longestWaitMs: 5_000,
    random: Math.random,
    now: () => performance.now(),
    sleep,
};
/**
 * Return the wait before the next attempt, in milliseconds.
 *
 * The service's own wish comes first and the jitter on top, so that all whom it sent away do not
 * come back at once.
 */
export function waitMs(policy, attemptsMade, retryAfterS = 0) {
    const doubled = policy.firstWaitMs * 2 ** (attemptsMade - 1);
    return retryAfterS * MS + policy.random() * Math.min(policy.longestWaitMs, doubled);
}
/** Return whether the same request may fare better in a moment. */
export function isPassing(error) {
    if (error instanceof ProblemError) {
        return REPEATABLE_STATUSES.has(error.status);
    }
    return error instanceof TransportError;
}
/**
 * Return the seconds that `Retry-After` names, if it is there and makes sense.
 *
 * A date is counted from the reply's own `Date`: this machine's clock may be wrong.
 */
export function retryAfterS(headers) {
    const value = headers.get("Retry-After") ?? "";
    if (/^\d+$/.test(value)) {
        return Number(value);
    }
    const pause = (Date.parse(value) - Date.parse(headers.get("Date") ?? "")) / MS;
    return Number.isNaN(pause) ? undefined : Math.max(0, pause);
}
function sleep(ms, signal) {
    return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const timer = setTimeout(() => {
            signal?.removeEventListener("abort", stop);
            resolve();
        }, ms);
        const stop = () => {
            clearTimeout(timer);
            reject(signal?.reason);
        };
        signal?.addEventListener("abort", stop, { once: true });
    });
}
