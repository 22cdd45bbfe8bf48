/** The card in place of a question: why there is none, and what helps. */

import { byId, html } from "./elements.js";
import { errorMessage } from "./messages.js";

const code = (text) => html("code", {}, text);
const paragraph = (...parts) => html("p", {}, ...parts);

const forOperator = (...parts) =>
  html("details", {}, html("summary", {}, "If you run this service"), paragraph(...parts));

const REASONS = {
  unplayable: () => ({
    title: "There is nothing to listen to yet",
    text: [
      paragraph("The tracks that are left for you cannot be played here. Try again later."),
      forOperator(
        "Set ", code("ATTUNE_AUDIO"), " to a folder and register the tracks again, so that their ",
        "recordings are stored. Or give the address of each recording as ", code("audio_url"),
        " to ", code("PUT /tracks/{id}"), ".",
      ),
    ],
  }),
  empty: () => ({
    title: "There are no tracks yet",
    text: [
      paragraph("Come back when some music has been added."),
      forOperator(
        code("make demo"), " registers 28 free tracks; ", code("attune import FOLDER"),
        " registers your own.",
      ),
    ],
  }),
  done: () => ({
    title: "You have answered every track",
    text: [paragraph("Thank you. You can still answer the tracks you skipped, and new ones.")],
    again: "Ask again",
  }),
};

/**
 * Show why there is no question.
 *
 * @param {"unplayable" | "empty" | "done" | Error} why
 * @param {() => void} onAgain begins again
 */
export function showClosed(why, onAgain) {
  const { title, text, again = "Try again" } = REASONS[why]?.() ?? ofError(why);
  const button = html("button", { type: "button", class: "primary" }, again);
  button.addEventListener("click", onAgain);
  const me = html("a", { class: "button", href: "/me" }, "How well it knows you");
  byId("closed-title").textContent = title;
  byId("closed-text").replaceChildren(...text);
  byId("closed-actions").replaceChildren(button, me);
}

function ofError(error) {
  if (error.code === "user_forgotten") {
    return {
      title: "This listener was forgotten",
      text: [
        paragraph("All answers under this name are erased, and no new ones are stored."),
        paragraph("Choose another name above, or ask who runs Attune to allow this one again."),
      ],
    };
  }
  const title = error.status === 401 ? "You need a key" : "You cannot answer here";
  return { title, text: [paragraph(errorMessage(error))] };
}
