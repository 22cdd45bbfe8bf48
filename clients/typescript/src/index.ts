/** Client of Attune: what a piece of music feels like to one listener, and what to ask next. */
export { newId } from "./call.js";
export type { CallOptions } from "./call.js";
export { AttuneClient } from "./client.js";
export type { ClientOptions } from "./client.js";
export { AttuneError, ProblemError, TransportError, UnexpectedReplyError } from "./errors.js";
export type { FieldError } from "./errors.js";
export type { RetryPolicy } from "./retry.js";
export type { Fetch, Key } from "./route.js";
export type * from "./types.js";
