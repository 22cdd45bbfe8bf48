/**
 * What a call can throw, drawn as a tree: catch the level you can answer.
 *
 *     Error
 *     └── AttuneError
 *         ├── TransportError        nobody answered: refused, reset, timed out
 *         ├── UnexpectedReplyError  somebody answered, but not as an Attune service does
 *         └── ProblemError          the service said no: status, code, detail, errors
 *
 * A call that its own AbortSignal ended throws that signal's reason. An argument that cannot be
 * sent at all (NaN, an empty id) throws a RangeError or a TypeError, and nothing is sent.
 */

/** What is wrong with one field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** The service's own account of an error, as far as this client reads it. */
export interface ProblemBody {
  code: string;
  detail: string;
  request_id?: string;
  errors?: FieldError[];
}

/** A call that did not succeed. */
export class AttuneError extends Error {
  /** What the call was sent under; the service's log has the same. */
  readonly requestId: string;

  constructor(message: string, requestId: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.requestId = requestId;
  }
}

/** No reply came, after every attempt that the retry policy allows; `cause` is the last failure. */
export class TransportError extends AttuneError {}

/** A reply came that the contract does not know. */
export class UnexpectedReplyError extends AttuneError {}

/** The service answered with an error. */
export class ProblemError extends AttuneError {
  /** The HTTP status. */
  readonly status: number;
  /** Stable and meant for programs, such as `track_not_found`. */
  readonly code: string;
  /** A sentence for people, naming the value and the bound. */
  readonly detail: string;
  /** One entry for each field at fault; may be empty. */
  readonly errors: readonly FieldError[];
  /** How long the service asked to be left alone, in seconds, if it did. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, problem: ProblemBody, requestId: string, retryAfterS?: number) {
    const knownAs = problem.request_id ?? requestId;
    super(`${status} ${problem.code}: ${problem.detail} (request ${knownAs})`, knownAs);
    this.status = status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.retryAfterS = retryAfterS;
  }
}
