/** The calls of the labelling page: next question, answers, count. */

import { ProblemError } from "./client/index.js";

const STRATEGY = "attune.strategy";
const CHANCE = "eps-";
/** A question that takes longer is reported to the listener, and asked for again. */
const PATIENCE_MS = 10_000;
const NOT_FOUND = 404;
/** Error codes of a remembered strategy that the service no longer has. */
const UNKNOWN = new Set(["unknown_strategy", "needs_gaussian"]);

/** No question is left; `why` is "unplayable", "done" or "empty". */
export class NoQuestionError extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

export class Desk {
  /**
   * @param {object} parts
   * @param {import("./client/index.js").AttuneClient} parts.client
   * @param {string} parts.user
   * @param {number} parts.repeatShare probability that a question repeats an earlier one
   * @param {string | null} parts.strategy null for the service's own, mixed with chance
   * @param {{get: Function, set: Function}} parts.store remembers the service's own strategy
   */
  constructor({ client, user, repeatShare, strategy, store }) {
    this.#client = client;
    this.#user = user;
    this.#repeatShare = repeatShare;
    this.#givenStrategy = strategy;
    this.#store = store;
  }

  #client;
  #user;
  #repeatShare;
  #givenStrategy;
  #store;

  /**
   * Return the next question: a track with its prediction before the answer.
   *
   * @param {string[]} exclude ids of tracks to leave out
   * @throws {NoQuestionError} no playable track is left
   */
  async next(exclude) {
    const { strategy, tracks } = await this.#query(exclude, true);
    const [{ track_id: trackId, is_random: isRandom, is_repeat: isRepeat }] = tracks;
    const track = await this.#client.getTrack(trackId, { userId: this.#user });
    return {
      trackId,
      strategy,
      isRandom,
      isRepeat,
      title: track.title,
      artist: track.artist,
      audioUrl: track.audio_url,
      prediction: track.prediction,
      eventIds: [],
    };
  }

  /** Send labels; the reply counts them and lists the tracks that they moved. */
  async send(labels) {
    return this.#client.update({ user_id: this.#user, labels, effect: true });
  }

  /** Return how many tracks the user has answered. */
  async count() {
    try {
      return (await this.#client.user(this.#user)).n_labels;
    } catch (error) {
      if (error.status === NOT_FOUND) return 0;
      throw error;
    }
  }

  /** Return the current label of a track, or null; events in `withoutIds` do not count. */
  async answerOn(trackId, withoutIds) {
    let last = null;
    for await (const line of this.#client.labels(this.#user)) {
      const isCounted = !line.superseded && !withoutIds.includes(line.event_id);
      if (isCounted && line.track_id === trackId) last = line;
    }
    return last?.retracted ? null : last;
  }

  async #query(exclude, isPlayable) {
    const strategy = this.#strategy();
    try {
      const asked = {
        user_id: this.#user,
        n: 1,
        exclude,
        playable: isPlayable,
        repeat_share: isPlayable ? this.#repeatShare : 0,
        ...(strategy === null ? {} : { strategy }),
      };
      const reply = await this.#client.query(asked, { timeoutMs: PATIENCE_MS });
      this.#remember(reply.strategy);
      return reply;
    } catch (error) {
      return this.#recover(error, exclude, isPlayable);
    }
  }

  /** Repeat a query whose remembered strategy is gone, or throw why there is no question. */
  async #recover(error, exclude, isPlayable) {
    if (!(error instanceof ProblemError)) throw error;
    if (UNKNOWN.has(error.code) && this.#givenStrategy === null && this.#store.get(STRATEGY)) {
      this.#store.set(STRATEGY, null);
      return this.#query(exclude, isPlayable);
    }
    if (error.code !== "empty_pool") throw error;
    throw new NoQuestionError(isPlayable ? await this.#reason(exclude) : "empty");
  }

  async #reason(exclude) {
    try {
      await this.#query(exclude, false);
      return "unplayable";
    } catch (error) {
      if (!(error instanceof NoQuestionError)) throw error;
    }
    const hasAnswers = exclude.length > 0 || (await this.count()) > 0;
    return hasAnswers ? "done" : "empty";
  }

  /** The first reply names the service's strategy; later queries mix chance into it. */
  #strategy() {
    return this.#givenStrategy ?? this.#store.get(STRATEGY);
  }

  #remember(strategy) {
    const hasChance = strategy.startsWith(CHANCE) || strategy === "rand";
    this.#store.set(STRATEGY, hasChance ? strategy : CHANCE + strategy);
  }
}
