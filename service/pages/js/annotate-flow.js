/**
 * One question after another: what may be done now, and what follows from it. No page in it.
 *
 *     asking ── question ──▶ listening ── heard enough ──▶ open ── answer, can't tell ──▶ answered
 *       ▲  └── none ──▶ closed                 │                          │
 *       └──────────────── skip ────────────────┴────────── next ──────────┘      undo goes back
 *
 * The next question is fetched while the answer is looked at, after the answer was recorded, so
 * that it was chosen with it in mind.
 */

import { quadrantOf } from "./circumplex.js";
import { newId } from "./client/index.js";
import { NothingToAsk } from "./annotate-desk.js";

const RETRY_MS = 3_000;
/** After this long without another rating, ratings that came after the answer are sent. */
const SETTLED_MS = 1_200;
const FORGOTTEN = 410;
/** Errors that do not pass by waiting: wrong key, wrong user. */
const LASTING = new Set([400, 401, 403, FORGOTTEN, 422]);

export class Flow {
  /**
   * @param {object} parts
   * @param {import("./annotate-desk.js").Desk} parts.desk
   * @param {import("./annotate-outbox.js").Outbox} parts.outbox
   * @param {"perceived" | "felt"} parts.emotion
   * @param {{has: Function, add: Function, delete: Function, list: Function}} parts.skipped
   * @param {(flow: Flow, event: string) => void} parts.onChange
   */
  constructor({ desk, outbox, emotion, skipped, onChange }) {
    this.#parts = { desk, outbox, emotion, skipped, onChange };
  }

  /** "asking", "listening", "open", "answered" or "closed". */
  phase = "asking";
  /** Why it is closed: "unplayable", "done", "empty" or an error. */
  why = null;
  /** What holds the next question up, or null. */
  trouble = null;
  question = null;
  /** `{valence, arousal, quadrant}`, `{cantTell: true}` or null. */
  answer = null;
  rating = { liking: null, familiarity: null };
  /** The last answer, or undoing, that was put on its way: `{eventId, answer, question}`. */
  latest = null;
  #parts;
  #upcoming = null;
  #last = null;
  #unsent = null;
  #retry = null;
  #turn = 0;

  /** Begin, or begin again after it was closed. */
  start() {
    this.#parts.outbox.flush();
    return this.next();
  }

  get canAnswer() {
    return this.phase === "open";
  }

  get canSkip() {
    return this.phase === "listening" || this.phase === "open";
  }

  get canUndo() {
    return this.#last !== null;
  }

  /** Enough of the recording was heard. */
  heardEnough() {
    if (this.phase === "listening") this.#to("open", "opened");
  }

  /** Answer with a point; coordinates in [-1, 1]. */
  give(valence, arousal) {
    if (!this.canAnswer) return;
    this.#answered({ valence, arousal, quadrant: quadrantOf(valence, arousal) });
  }

  /** Answer that it cannot be told. */
  cantTell() {
    if (this.canAnswer) this.#answered({ cantTell: true });
  }

  /** Leave the track for now; nothing is recorded. */
  skip() {
    if (!this.canSkip) return;
    this.#parts.skipped.add(this.question.trackId);
    this.#last = { question: this.question, isSkip: true };
    this.#upcoming = null;
    this.next();
  }

  /** Say how much it is liked and known, from 1 to 5 or null, before the answer or after it. */
  rate(rating) {
    this.rating = { ...this.rating, ...rating };
    if (this.phase === "answered") {
      clearTimeout(this.#unsent);
      this.#unsent = setTimeout(() => this.settle(), SETTLED_MS);
    }
  }

  /** Send ratings that came after the answer, as a correction that leaves the point as it is. */
  settle() {
    if (this.#unsent === null) return;
    clearTimeout(this.#unsent);
    this.#unsent = null;
    // Not a repeat again: the second answer to the same question tells nothing of consistency.
    this.#parts.outbox.put({ ...this.#label(this.answer), is_repeat: false });
  }

  /**
   * Take the last answer or skip back, and ask again; of a repeat, the answer before stands again.
   *
   * @throws what the service answers where it is asked for the answer before and cannot tell it;
   *   nothing was undone then
   */
  async undo() {
    if (!this.canUndo) return;
    const { question, isSkip } = this.#last;
    const label = isSkip ? null : await this.#retraction(question);
    if (this.#last?.question !== question) return; // another press was faster
    clearTimeout(this.#unsent);
    this.#unsent = null;
    this.#last = null;
    this.#drop();
    if (isSkip) this.#parts.skipped.delete(question.trackId);
    else this.#put(label, { answer: null, question });
    this.#ask(question, "open", "undone");
  }

  /** Go on to the next question, as soon as there is one. */
  async next() {
    this.settle();
    const turn = ++this.#turn;
    const upcoming = (this.#upcoming ??= this.#fetch());
    this.#to("asking", "waiting");
    try {
      const question = await upcoming;
      if (turn === this.#turn) this.#ask(question, "listening", "asked");
    } catch (error) {
      if (turn === this.#turn) this.#failed(error);
    }
  }

  #answered(answer) {
    this.answer = answer;
    const isSent = this.#put(this.#label(answer), { answer, question: this.question });
    this.#last = { question: this.question, isSkip: false };
    this.#upcoming = isSent.then(() => this.#fetch());
    this.#upcoming.catch(() => {}); // told by next()
    this.#to("answered", "answered");
  }

  #put(label, about) {
    this.latest = { eventId: label.event_id, ...about };
    return this.#parts.outbox.put(label);
  }

  #label(answer) {
    const { question } = this;
    const point = { valence: answer.valence, arousal: answer.arousal };
    const eventId = newId();
    question.eventIds.push(eventId);
    return {
      event_id: eventId,
      track_id: question.trackId,
      ...(answer.cantTell ? { cant_tell: true } : point),
      emotion: this.#parts.emotion,
      ...this.rating,
      strategy: question.strategy,
      is_random: question.isRandom,
      is_repeat: question.isRepeat,
    };
  }

  async #retraction({ trackId, isRepeat, eventIds }) {
    const before = isRepeat ? await this.#parts.desk.answerOn(trackId, eventIds) : null;
    return before === null
      ? { event_id: newId(), track_id: trackId, retracted: true }
      : againOf(before);
  }

  #ask(question, phase, event) {
    this.#upcoming = null;
    this.trouble = null;
    this.question = question;
    this.answer = null;
    this.rating = { liking: null, familiarity: null };
    this.#to(phase, event);
  }

  #fetch() {
    const { desk, outbox, skipped } = this.#parts;
    // What is on its way is answered, though the service cannot know; and asking again what was
    // asked just now would give a repeat away.
    const asked = this.question === null ? [] : [this.question.trackId];
    return desk.next([...new Set([...skipped.list(), ...outbox.trackIds, ...asked])]);
  }

  #failed(error) {
    if (error instanceof NothingToAsk) return this.close(error.why);
    if (LASTING.has(error.status)) return this.close(error);
    this.#drop();
    this.trouble = error;
    this.#retry = setTimeout(() => this.next(), RETRY_MS);
    return this.#to("asking", "failed");
  }

  /** Ask no more; `why` is a reason of NothingToAsk, or an error. */
  close(why) {
    this.#drop();
    this.why = why;
    this.question = null;
    this.#to("closed", "closed");
  }

  #drop() {
    this.#upcoming = null;
    clearTimeout(this.#retry);
    this.#turn += 1;
  }

  #to(phase, event) {
    this.phase = phase;
    this.#parts.onChange(this, event);
  }
}

/** Return a label that says again what a line of the log says; others' votes are the log's own. */
function againOf({ created_at: _, others: __, quadrant, ...line }) {
  const point = line.valence === null ? { quadrant } : {};
  const said = Object.entries({ ...line, ...point, event_id: newId() });
  return Object.fromEntries(said.filter(([, value]) => value !== null && value !== false));
}
