/** Errors and notices of the service as sentences for listeners. */

import { ProblemError, TransportError, UnexpectedReplyError } from "./client/index.js";

const NEW_KEY = "ask who sent it for a new one.";
const ON_OUR_SIDE = "Attune has a problem on its side. Wait a moment and try again.";
const BUSY = "Attune is busy. Wait a moment and try again.";
const REGISTER_AGAIN = "Attune has changed since this track was registered; it must be registered again.";

/** By the code of the error. */
const ERRORS = {
  key_needed: "You need a personal link to use this page. Open yours, or paste its key here.",
  key_malformed: `This key is incomplete: copy it again, or ${NEW_KEY}`,
  key_unknown: `Attune does not know this key: ${NEW_KEY}`,
  key_revoked: `This link has expired: ${NEW_KEY}`,
  ticket_unusable: "This recording is no longer available here. Reload the page.",
  scope_missing: `This key does not allow that: ${NEW_KEY}`,
  key_of_another_user: "This link belongs to another listener. Ask for a link of your own.",
  loopback_only: "Attune can only be used on the computer that it runs on.",
  user_forgotten: "This listener was forgotten.",
  user_not_found: "This listener has not answered anything yet.",
  track_not_found: "There is no such track here.",
  audio_not_kept: "This recording is not stored here.",
  foreign_features: REGISTER_AGAIN,
  undecodable_audio:
    "This file cannot be read as audio. Use wav, flac, ogg, opus, mp3, m4a, aac, webm, aiff or wma; the file may also be damaged.",
  audio_too_short: "This recording is too short: half a second is the least.",
  audio_too_long: "This recording is too long: choose a shorter part of it.",
  silent_audio: "This recording is silent.",
  no_evidence: "Choose a file or write some lyrics first.",
  body_too_large: "This file is too large: choose a smaller one, or a shorter part of it.",
  body_too_slow: "Sending took too long. Try again, or choose a smaller file.",
  rate_exceeded: BUSY,
  too_many_requests: BUSY,
  overloaded: BUSY,
  features_not_ready: "Attune is still preparing its music, which can take some minutes.",
  timeout: BUSY,
};

/** By the code of the notice; those of other codes are fit for listeners as they come. */
const NOTICES = {
  stale_features: "This was judged by an earlier version of Attune.",
  votes_only: "This is what other listeners answered. Attune cannot judge the music itself now.",
};

/** Return an error as a sentence in words of everyday life. */
export function errorMessage(error) {
  if (error instanceof TransportError) return "Attune cannot be reached. Check your connection.";
  if (error instanceof UnexpectedReplyError) return ON_OUR_SIDE;
  if (!(error instanceof ProblemError)) return error.message; // of a page itself
  if (error.status >= 500) return ERRORS[error.code] ?? ON_OUR_SIDE;
  return ERRORS[error.code] ?? "Attune cannot use this. Check what you entered.";
}

/** Return what a prediction had to do without, as sentences. */
export function noticeMessages({ notices }) {
  return (notices ?? []).map(({ code, message }) => NOTICES[code] ?? message);
}
