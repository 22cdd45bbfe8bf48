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
/** A call that did not succeed. */
export class AttuneError extends Error {
    /** What the call was sent under; the service's log has the same. */
    requestId;
    constructor(message, requestId, options) {
        super(message, options);
        this.name = new.target.name;
        this.requestId = requestId;
    }
}
/** No reply came, after every attempt that the retry policy allows; `cause` is the last failure. */
export class TransportError extends AttuneError {
}
/** A reply came that the contract does not know. */
export class UnexpectedReplyError extends AttuneError {
}
/** The service answered with an error. */
export class ProblemError extends AttuneError {
    /** The HTTP status. */
    status;
    /** Stable and meant for programs, such as `track_not_found`. */
    code;
    /** A sentence for people, naming the value and the bound. */
    detail;
    /** One entry for each field at fault; may be empty. */
    errors;
    /** How long the service asked to be left alone, in seconds, if it did. */
    retryAfterS;
    constructor(status, problem, requestId, retryAfterS) {
        const knownAs = problem.request_id ?? requestId;
        super(`${status} ${problem.code}: ${problem.detail} (request ${knownAs})`, knownAs);
        this.status = status;
        this.code = problem.code;
        this.detail = problem.detail;
        this.errors = problem.errors ?? [];
        this.retryAfterS = retryAfterS;
    }
}
