/** The time limit and the cancellation of one attempt. */

/** No reply came in time. */
export class TimeoutError extends Error {
  constructor(ms: number) {
    super(`nothing came for ${Number((ms / 1000).toPrecision(2))} s`);
    this.name = "TimeoutError";
  }
}

/** Aborts an attempt after its time limit, or when the caller's signal aborts. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, caller: AbortSignal | undefined) {
    this.#ms = ms;
    this.#caller = caller;
  }

  /** The signal of the attempt. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the caller's signal aborted. */
  get isCancelled(): boolean {
    return this.#caller?.aborted ?? false;
  }

  /**
   * Return the result of `step`; the time limit applies to each step.
   *
   * @throws The reason of the caller's signal, a TimeoutError, or the error of `step`.
   */
  async during<T>(step: () => Promise<T>): Promise<T> {
    this.#caller?.throwIfAborted();
    this.#caller?.addEventListener("abort", this.#follow);
    this.#timer = setTimeout(() => this.#controller.abort(new TimeoutError(this.#ms)), this.#ms);
    try {
      return await step();
    } catch (failure) {
      // some engines throw a plain AbortError instead of the signal's reason
      throw this.signal.aborted ? this.signal.reason : failure;
    } finally {
      clearTimeout(this.#timer);
      this.#caller?.removeEventListener("abort", this.#follow);
    }
  }

  readonly #follow = (): void => this.#controller.abort(this.#caller?.reason);
}
