/** How often a call is sent again, and how long it waits in between. */
import { AttuneError, ProblemError, TransportError } from "./errors.js";

/** Busy, restarting, or a proxy that lost its service: worth asking again. */
const REPEATABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const MS = 1000;

/** When a call that failed is sent again: exponential back-off, full jitter, two bounds. */
export interface RetryPolicy {
  /** How often a call is sent at most; 1 means never again. */
  attempts: number;
  /** How long one attempt may take, in milliseconds; one with a recording may take `deadlineMs`. */
  timeoutMs: number;
  /** How long a call may take with all its attempts and waits, in milliseconds. */
  deadlineMs: number;
  /** Upper bound of the first wait, in milliseconds; it doubles each time. */
  firstWaitMs: number;
  /** Where the doubling ends, in milliseconds. `Retry-After` may ask for more. */
  longestWaitMs: number;
  /** Draws from [0, 1). */
  random: () => number;
  /** Milliseconds that only ever go forward. */
  now: () => number;
  /** Waits; ends early, by throwing its reason, when the signal aborts. */
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
 * The service's own wish comes first and the jitter on top, so that all whom it sent away do not
 * come back at once.
 */
export function waitMs(policy: RetryPolicy, attemptsMade: number, retryAfterS = 0): number {
  const doubled = policy.firstWaitMs * 2 ** (attemptsMade - 1);
  return retryAfterS * MS + policy.random() * Math.min(policy.longestWaitMs, doubled);
}

/** Return whether the same request may fare better in a moment. */
export function isPassing(error: AttuneError): boolean {
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
