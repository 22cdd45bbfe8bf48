/**
 * The errors of a call, as a tree.
 *
 *     Error
 *     └── AttuneError
 *         ├── TransportError        no reply: refused, reset, timed out
 *         ├── UnexpectedReplyError  a reply that is not an Attune service's
 *         └── ProblemError          the service's error: status, code, detail, errors
 *
 * A call that its AbortSignal ended throws the signal's reason. An argument that cannot be sent (NaN,
 * an empty id) throws a RangeError or a TypeError before anything is sent.
 */

/** What is wrong with one field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** The members of a problem document that the client reads. */
export interface ProblemBody {
  code: string;
  detail: string;
  request_id?: string;
  errors?: FieldError[];
}

/** A failed call. */
export class AttuneError extends Error {
  /** The id of the request, also in the service's log. */
  readonly requestId: string;

  constructor(message: string, requestId: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.requestId = requestId;
  }
}

/** No reply came in all attempts; `cause` is the last failure. */
export class TransportError extends AttuneError {}

/** A reply does not follow the contract. */
export class UnexpectedReplyError extends AttuneError {}

/** The service answered with an error. */
export class ProblemError extends AttuneError {
  /** The HTTP status. */
  readonly status: number;
  /** A stable code for programs, such as `track_not_found`. */
  readonly code: string;
  /** A sentence for developers that names the value and the bound. */
  readonly detail: string;
  /** One entry for each invalid field; may be empty. */
  readonly errors: readonly FieldError[];
  /** Seconds of `Retry-After`, if the service sent it. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, problem: ProblemBody, requestId: string, retryAfterS?: number) {
    const id = problem.request_id ?? requestId;
    super(`${status} ${problem.code}: ${problem.detail} (request ${id})`, id);
    this.status = status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.retryAfterS = retryAfterS;
  }
}
