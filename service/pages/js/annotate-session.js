/** What this browser remembers of a listener's sitting: what was skipped, how much was answered. */

/**
 * Return the tracks that a listener skipped in this tab.
 *
 * @param {string} user
 * @param {{get: Function, set: Function}} store
 */
export function skippedOf(user, store) {
  const name = `attune.skipped.${user}`;
  const read = () => JSON.parse(store.get(name) ?? "[]");
  const write = (ids) => store.set(name, JSON.stringify(ids));
  return {
    list: read,
    add: (id) => write([...new Set([...read(), id])]),
    delete: (id) => write(read().filter((other) => other !== id)),
    clear: () => write([]),
  };
}

/** Counts the tracks that a listener answered today in this browser. */
export class Tally {
  /**
   * @param {string} user
   * @param {{get: Function, set: Function}} store
   * @param {Date} now
   */
  constructor(user, store, now) {
    this.#name = `attune.today.${user}`;
    this.#day = `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}`;
    this.#store = store;
  }

  #name;
  #day;
  #store;

  get count() {
    return this.#ids.length;
  }

  add(id) {
    this.#write([...new Set([...this.#ids, id])]);
  }

  remove(id) {
    this.#write(this.#ids.filter((other) => other !== id));
  }

  get #ids() {
    const { day, ids } = JSON.parse(this.#store.get(this.#name) ?? "{}");
    return day === this.#day ? ids : [];
  }

  #write(ids) {
    this.#store.set(this.#name, JSON.stringify({ day: this.#day, ids }));
  }
}
