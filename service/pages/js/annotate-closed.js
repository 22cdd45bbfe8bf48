/** What is shown in place of a question, where there is none: why, and what helps. */

import { html } from "./drawing.js";

const UNAUTHORIZED = 401;
const FORGOTTEN = 410;

const code = (text) => html("code", {}, text);

const REASONS = {
  unplayable: () => ({
    title: "There is nothing to listen to yet",
    text: [
      html("p", {}, "Tracks are registered, but none that you have not answered can be played."),
      html("p", {}, "Whoever runs this service can mend that in one of two ways:"),
      html(
        "ul",
        {},
        html(
          "li",
          {},
          "keep what is uploaded: set ", code("ATTUNE_AUDIO"),
          " to a folder and register the tracks again;",
        ),
        html(
          "li",
          {},
          "or tell where it can be heard: ", code("PUT /tracks/{id}"), " with ", code("audio_url"),
          ". Browsers fetch it from there; the service never does.",
        ),
      ),
    ],
  }),
  empty: () => ({
    title: "There are no tracks yet",
    text: [
      html(
        "p",
        {},
        "Whoever runs this service can register some: ", code("make demo"), " fetches 28 free ones, ",
        code("attune import FOLDER"), " takes one’s own.",
      ),
    ],
  }),
  done: () => ({
    title: "You have answered all there is",
    text: [html("p", {}, "Thank you. What you skipped, and whatever is new, can still be asked.")],
    again: "Ask again",
  }),
};

/**
 * Show why there is no question.
 *
 * @param {"unplayable" | "empty" | "done" | Error} why
 * @param {() => void} onAgain begins again
 */
export function tellClosed(why, onAgain) {
  const { title, text, again = "Try again" } = REASONS[why]?.() ?? ofError(why);
  const button = html("button", { type: "button", class: "primary" }, again);
  button.addEventListener("click", onAgain);
  const me = html("a", { class: "button", href: "/me" }, "How well it knows you");
  document.getElementById("closed-title").textContent = title;
  document.getElementById("closed-text").replaceChildren(...text);
  document.getElementById("closed-actions").replaceChildren(button, me);
}

function ofError(error) {
  const told = html("p", {}, error.detail ?? error.message);
  if (error.status === FORGOTTEN) {
    const more =
      "All answers that were given under it are gone, and none is recorded any more. Choose " +
      "another name above, or ask whoever runs the service to admit this one again.";
    return { title: "This listener was forgotten", text: [told, html("p", {}, more)] };
  }
  if (error.status === UNAUTHORIZED) return { title: "A key is needed", text: [told] };
  return { title: "The service does not let this listener answer", text: [told] };
}
