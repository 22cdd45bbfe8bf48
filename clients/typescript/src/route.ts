/** The address of the service, the API key, and the transport. */
import type { RetryPolicy } from "./retry.js";

/** The part of the global `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An API key, or a function that returns it; null and undefined mean no key. */
export type Key = string | (() => string | null | undefined) | null | undefined;

/** The destination of calls, and how they get there. */
export interface Route {
  /** The prefix of every path; empty in the service's own pages. */
  url: string;
  /** Returns the headers that authenticate a request; called for each attempt. */
  authorization: () => Record<string, string>;
  fetch: Fetch;
  retry: RetryPolicy;
}

/** The global `fetch`, looked up at each call. */
export const network: Fetch = (url, init) => globalThis.fetch(url, init);

/**
 * Return the prefix of every path.
 *
 * @throws TypeError: `url` is no address, and no page supplies one.
 */
export function baseOf(url: string): string {
  const isAddress = /^https?:\/\/[^/]/.test(url);
  if (!isAddress && (url.includes(":") || !("location" in globalThis))) {
    const shown = JSON.stringify(url);
    throw new TypeError(`an address such as http://127.0.0.1:3000 is needed, got ${shown}`);
  }
  return url.replace(/\/+$/, "");
}

/**
 * Return the header that carries a key, or no header without a key.
 *
 * @throws TypeError: the key has an invalid character; the message does not show the key.
 */
export function authorization(key: Key): Record<string, string> {
  const shown = (typeof key === "function" ? key() : key)?.trim();
  if (!shown) {
    return {};
  }
  if (!/^[!-~]+$/.test(shown)) {
    // the error of fetch would show the key
    throw new TypeError("the key holds a character that no key has");
  }
  return { Authorization: `Bearer ${shown}` };
}
