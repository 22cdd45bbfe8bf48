/** What the browser keeps for us; where it may keep nothing, it is kept until the page is left. */

const instead = new Map();

const box = (store) => ({
  /** @returns {string | null} */
  get(name) {
    try {
      return store().getItem(name) ?? instead.get(name) ?? null;
    } catch {
      return instead.get(name) ?? null;
    }
  },
  /** Keep text under a name; null takes it away. */
  set(name, text) {
    instead.delete(name);
    try {
      if (text === null) store().removeItem(name);
      else store().setItem(name, text);
    } catch {
      if (text !== null) instead.set(name, text); // cookies are blocked, or the store is full
    }
  },
  /** Return the names that begin so, in their order. */
  names(prefix) {
    let kept = [];
    try {
      kept = Object.keys(store());
    } catch {
      // What could not be kept is still in `instead`.
    }
    return [...new Set([...kept, ...instead.keys()])].filter((n) => n.startsWith(prefix)).sort();
  },
});

/** Kept in this browser. */
export const browser = box(() => globalThis.localStorage);

/** Kept in this tab until it is closed. */
export const tab = box(() => globalThis.sessionStorage);
