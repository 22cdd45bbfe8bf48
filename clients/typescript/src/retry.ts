/** How often a call is repeated, and the waits between attempts. */
import { AttuneError, ProblemError, TransportError } from "./errors.js";

/** Busy, restarting, or a proxy without its service: another attempt may succeed. */
const REPEATABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const MS = 1000;

/** When to repeat a failed call: exponential back-off, full jitter, two bounds. */
export interface RetryPolicy {
  /** Maximum number of attempts; 1 means no repetition. */
  attempts: number;
  /** Time limit of an attempt in milliseconds; `deadlineMs` if it sends a recording. */
  timeoutMs: number;
  /** Time limit of a call with all attempts and waits, in milliseconds. */
  deadlineMs: number;
  /** Upper bound of the first wait in milliseconds; it doubles each time. */
  firstWaitMs: number;
  /** Upper bound of every wait in milliseconds; `Retry-After` adds to it. */
  longestWaitMs: number;
  /** Returns a random number in [0, 1). */
  random: () => number;
  /** Returns monotonic time in milliseconds. */
  now: () => number;
  /** Waits; throws the signal's reason if it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Four attempts within half a minute. */
export const PATIENT: RetryPolicy = {
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
export function waitMs(policy: RetryPolicy, attemptsMade: number, retryAfterS = 0): number {
  const doubled = policy.firstWaitMs * 2 ** (attemptsMade - 1);
  return retryAfterS * MS + policy.random() * Math.min(policy.longestWaitMs, doubled);
}

/** Return whether the same request may succeed later. */
export function isPassing(error: AttuneError): boolean {
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
export function retryAfterS(headers: Headers): number | undefined {
  const value = headers.get("Retry-After") ?? "";
  if (/^\d+$/.test(value)) {
    return Number(value);
  }
  const pause = (Date.parse(value) - Date.parse(headers.get("Date") ?? "")) / MS;
  return Number.isNaN(pause) ? undefined : Math.max(0, pause);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}
