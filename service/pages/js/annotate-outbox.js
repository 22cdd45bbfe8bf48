/**
 * Answers that wait to be sent to the service.
 *
 * Each is stored in the browser until the service has it, so that a reload or a lost connection
 * only delays it. They are sent one by one in order; an answer that is sent twice is recorded once,
 * because it keeps its event_id.
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ORDER_DIGITS = 16;
/** Statuses of answers that can never be recorded. */
const REFUSED = new Set([400, 404, 409, 410, 413, 422]);

export class Outbox {
  /**
   * @param {object} parts
   * @param {string} parts.user who answered
   * @param {(labels: object[]) => Promise<object>} parts.send
   * @param {{get: Function, set: Function, names: Function}} parts.store
   * @param {(outbox: Outbox) => void} parts.onChange called after each attempt to send
   * @param {(reply: object, label: object) => void} [parts.onSent]
   */
  constructor({ user, send, store, onChange, onSent = () => {} }) {
    this.#prefix = `attune.outbox.${user}/`;
    this.#parts = { send, store, onChange, onSent };
  }

  /** The error that delays the first answer, or null. */
  trouble = null;
  /** Refused answers: `{label, error}`. */
  refused = [];
  #prefix;
  #parts;
  #last = 0;
  #timer = null;
  #sending = null;
  #wait = FIRST_WAIT_MS;

  /** The number of answers that wait. */
  get size() {
    return this.#names().length;
  }

  /** The ids of their tracks. */
  get trackIds() {
    return this.#names().map((name) => JSON.parse(this.#parts.store.get(name)).track_id);
  }

  /** Store an answer and send it as soon as possible. */
  put(label) {
    // The order holds even if the clock was set back or two answers share a millisecond.
    this.#last = Math.max(this.#last + 1, Date.now() * 1000, this.#lastStored() + 1);
    const name = `${this.#prefix}${String(this.#last).padStart(ORDER_DIGITS, "0")}`;
    this.#parts.store.set(name, JSON.stringify(label));
    return this.flush();
  }

  /** Send all that wait; resolves when all are sent or one failed. */
  flush() {
    clearTimeout(this.#timer);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #sendAll() {
    for (let [name] = this.#names(); name !== undefined; [name] = this.#names()) {
      if (!(await this.#sendOne(name))) return;
    }
  }

  async #sendOne(name) {
    const label = JSON.parse(this.#parts.store.get(name));
    try {
      const reply = await this.#parts.send([label]);
      this.#remove(name);
      this.#parts.onSent(reply, label);
    } catch (error) {
      if (!REFUSED.has(error.status)) return this.#retryLater(error);
      this.refused.push({ label, error });
      this.#remove(name);
    }
    this.#parts.onChange(this);
    return true;
  }

  #remove(name) {
    this.#parts.store.set(name, null);
    this.#wait = FIRST_WAIT_MS;
    this.trouble = null;
  }

  #retryLater(error) {
    this.trouble = error;
    this.#timer = setTimeout(() => this.flush(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    this.#parts.onChange(this);
    return false;
  }

  #names() {
    return this.#parts.store.names(this.#prefix);
  }

  #lastStored() {
    return Number(this.#names().at(-1)?.slice(this.#prefix.length) ?? 0);
  }
}
