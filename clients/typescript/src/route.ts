/** Where calls go, who asks, and what carries them. */
import type { RetryPolicy } from "./retry.js";

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An API key, or what returns it; there may be none. */
export type Key = string | (() => string | null | undefined) | null | undefined;

/** Where calls go, and how. */
export interface Route {
  /** In front of every path; empty in a page of the service's own. */
  url: string;
  /** Returns the headers that say who asks, anew for each attempt. */
  authorization: () => Record<string, string>;
  fetch: Fetch;
  retry: RetryPolicy;
}

/** The global `fetch`, looked up when it is needed. */
export const network: Fetch = (url, init) => globalThis.fetch(url, init);

/**
 * Return what stands in front of every path.
 *
 * @throws TypeError: it is no address, and there is no page whose own would serve.
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
 * Return the header that shows a key; none for none.
 *
 * @throws TypeError: the key holds a character that no key has; it is not shown.
 */
export function authorization(key: Key): Record<string, string> {
  const shown = (typeof key === "function" ? key() : key)?.trim();
  if (!shown) {
    return {};
  }
  if (!/^[!-~]+$/.test(shown)) {
    // fetch would complain too, and tell the whole of it
    throw new TypeError("the key holds a character that no key has");
  }
  return { Authorization: `Bearer ${shown}` };
}
