/** What the page asks of the service: the next question, what was answered before, the count. */

import { ProblemError } from "./client/index.js";

const STRATEGY = "attune.strategy";
const CHANCE = "eps-";
const NOT_FOUND = 404;
/** What is said of the name of a strategy that another personaliser has. */
const FOREIGN = new Set(["unknown_strategy", "needs_gaussian"]);

/** There is nothing to ask; `why` is "unplayable", "done" or "empty". */
export class NothingToAsk extends Error {
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
   * @param {number} parts.repeatShare with which probability a question repeats an earlier one
   * @param {string | null} parts.strategy null for the service's own, mixed with chance
   * @param {{get: Function, set: Function}} parts.store keeps the name of the service's own
   */
  constructor({ client, user, repeatShare, strategy, store }) {
    this.#client = client;
    this.#user = user;
    this.#repeatShare = repeatShare;
    this.#wished = strategy;
    this.#store = store;
  }

  #client;
  #user;
  #repeatShare;
  #wished;
  #store;

  /**
   * Return the next question: a track, and what the models expect, as they were before the answer.
   *
   * @param {string[]} exclude ids of tracks that are not to be asked about
   * @throws {NothingToAsk} no track is left that can be played
   */
  async next(exclude) {
    const asked = await this.#query(exclude, true);
    const [place] = asked.tracks;
    const track = await this.#client.getTrack(place.track_id, { userId: this.#user });
    return {
      trackId: place.track_id,
      strategy: asked.strategy,
      isRandom: place.is_random,
      isRepeat: place.is_repeat,
      title: track.title,
      artist: track.artist,
      audioUrl: track.audio_url,
      prediction: track.prediction,
      eventIds: [],
    };
  }

  /** Send labels to the log; the reply counts them, and says which tracks they moved. */
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

  /** Return the last line of the log on a track, or null; some events are left out. */
  async answerOn(trackId, withoutIds) {
    let last = null;
    for await (const line of this.#client.labels(this.#user)) {
      if (line.track_id === trackId && !withoutIds.includes(line.event_id)) last = line;
    }
    return last?.retracted ? null : last;
  }

  async #query(exclude, isPlayable) {
    const strategy = this.#strategy();
    try {
      const asked = await this.#client.query({
        user_id: this.#user,
        n: 1,
        exclude,
        playable: isPlayable,
        repeat_share: isPlayable ? this.#repeatShare : 0,
        ...(strategy === null ? {} : { strategy }),
      });
      this.#remember(asked.strategy);
      return asked;
    } catch (error) {
      return this.#instead(error, exclude, isPlayable);
    }
  }

  /** Answer a query that failed: the model may have changed, or nothing may be left. */
  async #instead(error, exclude, isPlayable) {
    if (!(error instanceof ProblemError)) throw error;
    if (FOREIGN.has(error.code) && this.#wished === null && this.#store.get(STRATEGY)) {
      this.#store.set(STRATEGY, null); // it was another personaliser's
      return this.#query(exclude, isPlayable);
    }
    if (error.code !== "empty_pool") throw error;
    throw new NothingToAsk(isPlayable ? await this.#whyNot(exclude) : "empty");
  }

  async #whyNot(exclude) {
    try {
      await this.#query(exclude, false);
      return "unplayable";
    } catch (error) {
      if (!(error instanceof NothingToAsk)) throw error;
    }
    const isBegun = exclude.length > 0 || (await this.count()) > 0;
    return isBegun ? "done" : "empty";
  }

  /** The service names its own strategy in its first answer; from then on chance is mixed in. */
  #strategy() {
    return this.#wished ?? this.#store.get(STRATEGY);
  }

  #remember(strategy) {
    const hasChance = strategy.startsWith(CHANCE) || strategy === "rand";
    this.#store.set(STRATEGY, hasChance ? strategy : CHANCE + strategy);
  }
}
