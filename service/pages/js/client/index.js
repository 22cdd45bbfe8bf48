/** Client of Attune, a service that predicts what music feels like to one listener. */
export { newId } from "./call.js";
export { AttuneClient } from "./client.js";
export { AttuneError, ProblemError, TransportError, UnexpectedReplyError } from "./errors.js";
