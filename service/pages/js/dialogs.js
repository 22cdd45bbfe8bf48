/** A question in a window of its own, answered with one line of text. */

import { html } from "./drawing.js";

/**
 * Ask for one line of text; return it, or null where the window was closed.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text what it is for
 * @param {string} question.field what is to be written
 * @param {string} question.button
 * @param {(written: string) => string | null} question.fault says what is wrong, or null
 * @param {boolean} [question.isSecret]
 * @param {boolean} [question.isNeeded] leaves out the button that closes the window
 * @returns {Promise<string | null>}
 */
export function askForLine({ title, text, field, button, fault, isSecret = false, isNeeded = false }) {
  const input = html("input", {
    type: isSecret ? "password" : "text",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    id: "asked-line",
  });
  const wrong = html("p", { class: "notice error", role: "alert", hidden: true });
  const label = html("label", { class: "field", for: input.id }, field, input);
  const close = html("button", { type: "button", class: "quiet" }, "Not now");
  const send = html("button", { type: "submit", class: "primary" }, button);
  const row = html("div", { class: "row" }, send, ...(isNeeded ? [] : [close]));
  const heading = html("h2", { id: "asked-title" }, title);
  const form = html("form", { novalidate: true }, heading, html("p", {}, text), label, wrong, row);
  const dialog = html("dialog", { "aria-labelledby": heading.id }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = null;
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    close.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const written = input.value.trim();
      wrong.textContent = fault(written) ?? "";
      wrong.hidden = wrong.textContent === "";
      if (!wrong.hidden) return;
      answer = written;
      dialog.close();
    });
    dialog.showModal();
  });
}
