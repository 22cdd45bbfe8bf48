/** The browser's storage; where it is blocked or full, values live until the page is closed. */

const fallback = new Map();

const wrapped = (store) => ({
  /** @returns {string | null} */
  get(name) {
    try {
      return store().getItem(name) ?? fallback.get(name) ?? null;
    } catch {
      return fallback.get(name) ?? null;
    }
  },
  /** Store text under a name; null removes it. */
  set(name, text) {
    fallback.delete(name);
    try {
      if (text === null) store().removeItem(name);
      else store().setItem(name, text);
    } catch {
      if (text !== null) fallback.set(name, text);
    }
  },
  /** Return the names with a prefix, sorted. */
  names(prefix) {
    let stored = [];
    try {
      stored = Object.keys(store());
    } catch {
      // Only `fallback` has names.
    }
    return [...new Set([...stored, ...fallback.keys()])].filter((n) => n.startsWith(prefix)).sort();
  },
});

/** Storage of this browser. */
export const browser = wrapped(() => globalThis.localStorage);

/** Storage of this tab, emptied when it is closed. */
export const tab = wrapped(() => globalThis.sessionStorage);

/** Ids of tracks in a store; with a day, the list is empty on another day. */
export class StoredIds {
  /**
   * @param {string} name
   * @param {{get: Function, set: Function}} store
   * @param {string} [day]
   */
  constructor(name, store, day) {
    this.#name = name;
    this.#store = store;
    this.#day = day;
  }

  #name;
  #store;
  #day;

  list() {
    const { day, ids = [] } = JSON.parse(this.#store.get(this.#name) ?? "{}");
    return day === this.#day ? ids : [];
  }

  add(id) {
    this.#write([...new Set([...this.list(), id])]);
  }

  delete(id) {
    this.#write(this.list().filter((other) => other !== id));
  }

  clear() {
    this.#write([]);
  }

  #write(ids) {
    this.#store.set(this.#name, JSON.stringify({ day: this.#day, ids }));
  }
}
