/** Client of Attune, a service that predicts what music feels like to one listener. */
export { newId } from "./call.js";
export type { CallOptions } from "./call.js";
export { AttuneClient } from "./client.js";
export type { ClientOptions } from "./client.js";
export { AttuneError, ProblemError, TransportError, UnexpectedReplyError } from "./errors.js";
export type { FieldError } from "./errors.js";
export type { Audio } from "./recording.js";
export type { RetryPolicy } from "./retry.js";
export type { Fetch, Key } from "./route.js";
export type * from "./types.js";
