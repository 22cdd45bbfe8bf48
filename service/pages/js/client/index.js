/** Client of Attune: what a piece of music feels like to one listener, and what to ask next. */
export { newId } from "./call.js";
export { AttuneClient } from "./client.js";
export { AttuneError, ProblemError, TransportError, UnexpectedReplyError } from "./errors.js";
