/**
 * Answers on their way to the service: none is lost.
 *
 * Each lies in the browser's store from the press on until the service has it, so that a reload, a
 * closed lid or a dead network only delays it. They are sent one by one in the order in which they
 * were given; the same answer sent twice is recorded once, because its event_id is its own.
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ORDER_DIGITS = 16;
const FORGOTTEN = 410;
/** Answers to these cannot be recorded however often they are sent. */
const REFUSED = new Set([400, 404, 409, FORGOTTEN, 413, 422]);

export class Outbox {
  /**
   * @param {object} parts
   * @param {string} parts.user whose answers they are
   * @param {(labels: object[]) => Promise<object>} parts.send
   * @param {{get: Function, set: Function, names: Function}} parts.store
   * @param {(outbox: Outbox) => void} parts.onChange called when something was sent or was not
   * @param {(reply: object, label: object) => void} [parts.onSent]
   */
  constructor({ user, send, store, onChange, onSent = () => {} }) {
    this.#prefix = `attune.outbox.${user}/`;
    this.#parts = { send, store, onChange, onSent };
  }

  /** The error that holds the first answer up, or null. */
  trouble = null;
  /** Answers that the service refused: `{label, error}`. */
  refused = [];
  #prefix;
  #parts;
  #last = 0;
  #timer = null;
  #sending = null;
  #wait = FIRST_WAIT_MS;

  /** How many answers wait. */
  get size() {
    return this.#names().length;
  }

  /** Which tracks they are about. */
  get trackIds() {
    return this.#names().map((name) => JSON.parse(this.#parts.store.get(name)).track_id);
  }

  /** Keep an answer, and send it as soon as may be. */
  put(label) {
    // Later than all before, also where the clock was set back or two come in one millisecond.
    this.#last = Math.max(this.#last + 1, Date.now() * 1000, this.#lastKept() + 1);
    const name = `${this.#prefix}${String(this.#last).padStart(ORDER_DIGITS, "0")}`;
    this.#parts.store.set(name, JSON.stringify(label));
    return this.flush();
  }

  /** Send what waits, now; resolves when all is sent or one could not be. */
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
      this.#gone(name);
      this.#parts.onSent(reply, label);
    } catch (error) {
      if (!REFUSED.has(error.status)) return this.#later(error);
      this.refused.push({ label, error });
      this.#gone(name);
    }
    this.#parts.onChange(this);
    return true;
  }

  #gone(name) {
    this.#parts.store.set(name, null);
    this.#wait = FIRST_WAIT_MS;
    this.trouble = null;
  }

  #later(error) {
    this.trouble = error;
    this.#timer = setTimeout(() => this.flush(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    this.#parts.onChange(this);
    return false;
  }

  #names() {
    return this.#parts.store.names(this.#prefix);
  }

  #lastKept() {
    return Number(this.#names().at(-1)?.slice(this.#prefix.length) ?? 0);
  }
}
