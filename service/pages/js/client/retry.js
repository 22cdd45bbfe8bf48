/** How often a call is repeated, and the waits between attempts. */
import { AttuneError, ProblemError, TransportError } from "./errors.js";
/** Busy, restarting, or a proxy without its service: another attempt may succeed. */
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
 * Jitter is added to `Retry-After`, so that clients that were refused together return apart.
 */
export function waitMs(policy, attemptsMade, retryAfterS = 0) {
    const doubled = policy.firstWaitMs * 2 ** (attemptsMade - 1);
    return retryAfterS * MS + policy.random() * Math.min(policy.longestWaitMs, doubled);
}
/** Return whether the same request may succeed later. */
export function isPassing(error) {
    if (error instanceof ProblemError) {
        return REPEATABLE_STATUSES.has(error.status);
    }
    return error instanceof TransportError;
}
/**
 * Return the seconds of `Retry-After`, or undefined if it is missing or invalid.
 *
 * A date is compared with the reply's `Date`, because the local clock may be wrong.
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
