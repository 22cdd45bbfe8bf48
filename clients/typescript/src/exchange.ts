/** Sends a call, with retries, until there is a reply or a final error. */
import { bodyOf, newId, targetOf } from "./call.js";
import type { Body, Call, CallOptions } from "./call.js";
import { AttuneError, ProblemError, TransportError } from "./errors.js";
import type { ProblemBody } from "./errors.js";
import { reason, Reply } from "./reply.js";
import { isPassing, retryAfterS, waitMs } from "./retry.js";
import type { Route } from "./route.js";
import { Watch } from "./watch.js";

const MAX_DETAIL = 200; // characters of a reply that is no problem document

/** The attempts of one call, with one request id and one deadline. */
export class Exchange<T> {
  readonly #route: Route;
  readonly #call: Call<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #requestId = newId();
  readonly #body: Body;
  readonly #deadline: number;
  readonly #attemptMs: number;
  #attemptsMade = 0;

  constructor(route: Route, call: Call<T>, { signal, timeoutMs }: CallOptions) {
    const { retry } = route;
    const totalMs = timeoutMs ?? retry.deadlineMs;
    this.#route = route;
    this.#call = call;
    this.#signal = signal;
    this.#body = bodyOf(call);
    this.#deadline = retry.now() + totalMs;
    // uploads are slow, and a caller's own limit applies to the whole call
    this.#attemptMs = call.form || timeoutMs !== undefined ? totalMs : retry.timeoutMs;
  }

  /**
   * Send the call until there is a reply or a final error.
   *
   * @throws AttuneError: the final error.
   */
  async run(): Promise<T> {
    for (;;) {
      const outcome = await this.#attempt();
      if (!(outcome instanceof AttuneError)) {
        return outcome.value;
      }
      const pauseMs = this.#pauseMs(outcome);
      if (pauseMs === undefined) {
        return this.#settle(outcome);
      }
      await this.#route.retry.sleep(pauseMs, this.#signal);
    }
  }

  async #attempt(): Promise<AttuneError | { value: T }> {
    this.#attemptsMade += 1;
    const watch = new Watch(Math.min(this.#attemptMs, this.#leftMs), this.#signal);
    const sent = { ...this.#request(), signal: watch.signal };
    try {
      const { url, fetch } = this.#route;
      const response = await watch.during(() => fetch(url + targetOf(this.#call), sent));
      if (!response.ok) {
        const text = await watch.during(() => response.text());
        return problemError(response, text, this.#requestId);
      }
      const reply = new Reply(response, watch, this.#name, this.#requestId);
      return { value: await this.#call.read(reply) };
    } catch (failure) {
      if (watch.isCancelled || failure instanceof AttuneError) {
        throw failure;
      }
      return this.#lost(failure);
    }
  }

  #request(): RequestInit {
    const { body, headers } = this.#body;
    return {
      method: this.#call.method,
      headers: {
        ...headers,
        ...this.#route.authorization(),
        "X-Request-ID": this.#requestId,
        ...this.#call.headers,
      },
      ...(body === undefined ? {} : { body }),
      cache: "no-store",
      redirect: "manual", // the service never redirects
    };
  }

  #pauseMs(error: AttuneError): number | undefined {
    const { retry } = this.#route;
    const pauseS = error instanceof ProblemError ? error.retryAfterS : undefined;
    const pauseMs = waitMs(retry, this.#attemptsMade, pauseS);
    const attempts = this.#call.isRepeatable === false ? 1 : retry.attempts;
    const isFinal = this.#attemptsMade >= attempts || pauseMs >= this.#leftMs;
    return isFinal || !isPassing(error) ? undefined : pauseMs;
  }

  #settle(error: AttuneError): T {
    if (this.#call.recover) {
      return this.#call.recover(error, this.#attemptsMade);
    }
    throw error;
  }

  #lost(cause: unknown): TransportError {
    const outcome = `no reply after ${this.#attemptsMade} attempt(s)`;
    const message = `${this.#name}: ${outcome}: ${reason(cause)} (request ${this.#requestId})`;
    return new TransportError(message, this.#requestId, { cause });
  }

  get #leftMs(): number {
    return Math.max(0, this.#deadline - this.#route.retry.now());
  }

  get #name(): string {
    return `${this.#call.method} ${this.#call.path}`;
  }
}

function problemError(
  { status, headers, statusText }: Response,
  text: string,
  requestId: string,
): ProblemError {
  const problem = problemIn(text) ?? {
    // from a proxy: HTML, plain text or nothing
    code: `http_${status}`,
    detail: text.slice(0, MAX_DETAIL).trim() || statusText,
  };
  return new ProblemError(status, problem, requestId, retryAfterS(headers));
}

function problemIn(text: string): ProblemBody | undefined {
  try {
    const found = JSON.parse(text) as Partial<ProblemBody> | null;
    const isProblem = typeof found?.code === "string" && typeof found.detail === "string";
    return isProblem ? (found as ProblemBody) : undefined;
  } catch {
    return undefined;
  }
}
