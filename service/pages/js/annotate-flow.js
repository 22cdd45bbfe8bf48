/**
 * The state machine of the labelling page: one question after another, without the page.
 *
 *     asking ── question ──▶ listening ── heard enough ──▶ open ── answer, can't tell ──▶ answered
 *       ▲  └── none ──▶ closed                 │                          │
 *       └──────────────── skip ────────────────┴────────── next ──────────┘      undo goes back
 *
 * The next question is fetched as soon as the answer is stored, so that the choice depends on it.
 */

import { quadrantOf } from "./circumplex.js";
import { newId } from "./client/index.js";
import { NoQuestionError } from "./annotate-desk.js";

const RETRY_MS = 3_000;
/** Ratings after the answer are sent after this long without another rating. */
const SETTLED_MS = 1_200;
/** Statuses that waiting does not mend: wrong key, wrong or forgotten user. */
const LASTING = new Set([400, 401, 403, 410, 422]);

export class Flow {
  /**
   * @param {object} parts
   * @param {import("./annotate-desk.js").Desk} parts.desk
   * @param {import("./annotate-outbox.js").Outbox} parts.outbox
   * @param {"perceived" | "felt"} parts.emotion
   * @param {import("./storage.js").StoredIds} parts.skipped
   * @param {(flow: Flow, event: string) => void} parts.onChange
   */
  constructor({ desk, outbox, emotion, skipped, onChange }) {
    this.#parts = { desk, outbox, emotion, skipped, onChange };
  }

  /** "asking", "listening", "open", "answered" or "closed". */
  phase = "asking";
  /** Why it is closed: "unplayable", "done", "empty" or an error. */
  why = null;
  /** The error that delays the next question, or null. */
  trouble = null;
  question = null;
  /** `{valence, arousal, quadrant}`, `{cantTell: true}` or null. */
  answer = null;
  rating = { liking: null, familiarity: null };
  /** The last answer or undo that was sent: `{eventId, answer, question}`. */
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

  /** Allow an answer: enough of the recording was played. */
  heardEnough() {
    if (this.phase === "listening") this.#to("open", "opened");
  }

  /** Answer with a point; coordinates in [-1, 1]. */
  give(valence, arousal) {
    if (!this.canAnswer) return;
    this.#answered({ valence, arousal, quadrant: quadrantOf(valence, arousal) });
  }

  /** Answer "can't tell". */
  cantTell() {
    if (this.canAnswer) this.#answered({ cantTell: true });
  }

  /** Skip the track; nothing is stored. */
  skip() {
    if (!this.canSkip) return;
    this.#parts.skipped.add(this.question.trackId);
    this.#last = { question: this.question, isSkip: true };
    this.#upcoming = null;
    this.next();
  }

  /** Set liking and familiarity, 1 to 5 or null, before or after the answer. */
  rate(rating) {
    this.rating = { ...this.rating, ...rating };
    if (this.phase === "answered") {
      clearTimeout(this.#unsent);
      this.#unsent = setTimeout(() => this.settle(), SETTLED_MS);
    }
  }

  /** Send ratings that came after the answer, as a correction with the same point. */
  settle() {
    if (this.#unsent === null) return;
    clearTimeout(this.#unsent);
    this.#unsent = null;
    // A correction is no repeat: it does not measure consistency.
    this.#parts.outbox.put({ ...this.#label(this.answer), is_repeat: false });
  }

  /**
   * Undo the last answer or skip, and ask again; undoing a repeat restores the earlier answer.
   *
   * @throws the service's error if the earlier answer cannot be read; then nothing is undone
   */
  async undo() {
    if (!this.canUndo) return;
    const { question, isSkip } = this.#last;
    const label = isSkip ? null : await this.#retraction(question);
    if (this.#last?.question !== question) return; // another press came first
    clearTimeout(this.#unsent);
    this.#unsent = null;
    this.#last = null;
    this.#drop();
    if (isSkip) this.#parts.skipped.delete(question.trackId);
    else this.#put(label, { answer: null, question });
    this.#ask(question, "open", "undone");
  }

  /** Continue with the next question as soon as there is one. */
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
    this.#upcoming.catch(() => {}); // next() handles it
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
      : repeatOf(before);
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
    // The service does not know unsent answers yet. The current track is left out too, because
    // listeners would notice an immediate repeat.
    const current = this.question === null ? [] : [this.question.trackId];
    return desk.next([...new Set([...skipped.list(), ...outbox.trackIds, ...current])]);
  }

  #failed(error) {
    if (error instanceof NoQuestionError) return this.close(error.why);
    if (LASTING.has(error.status)) return this.close(error);
    this.#drop();
    this.trouble = error;
    this.#retry = setTimeout(() => this.next(), RETRY_MS);
    return this.#to("asking", "failed");
  }

  /** Stop asking; `why` is the `why` of a NoQuestionError, or an error. */
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

/** Return a label that repeats a logged one. */
function repeatOf({ created_at: _, others: __, quadrant, ...line }) {
  const point = line.valence === null ? { quadrant } : {};
  const fields = Object.entries({ ...line, ...point, event_id: newId() });
  return Object.fromEntries(fields.filter(([, value]) => value !== null && value !== false));
}
