/** How long one attempt may take, and who may end it before. */

/** Nobody answered in time. */
export class TimeoutError extends Error {
  constructor(ms: number) {
    super(`nothing came for ${Number((ms / 1000).toPrecision(2))} s`);
    this.name = "TimeoutError";
  }
}

/** Aborts an attempt when it takes too long, or when the caller's own signal does. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, caller: AbortSignal | undefined) {
    this.#ms = ms;
    this.#caller = caller;
  }

  /** What the attempt listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the caller has had enough. */
  get isCancelled(): boolean {
    return this.#caller?.aborted ?? false;
  }

  /**
   * Return what `step` resolves to; only while it runs does time count.
   *
   * @throws The reason of the caller's signal; a TimeoutError; whatever `step` throws otherwise.
   */
  async during<T>(step: () => Promise<T>): Promise<T> {
    this.#caller?.throwIfAborted();
    this.#caller?.addEventListener("abort", this.#follow);
    this.#timer = setTimeout(() => this.#controller.abort(new TimeoutError(this.#ms)), this.#ms);
    try {
      return await step();
    } catch (failure) {
      // some engines throw a plain AbortError in the place of the signal's reason
      throw this.signal.aborted ? this.signal.reason : failure;
    } finally {
      clearTimeout(this.#timer);
      this.#caller?.removeEventListener("abort", this.#follow);
    }
  }

  readonly #follow = (): void => this.#controller.abort(this.#caller?.reason);
}
