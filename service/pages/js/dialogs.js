/** A dialog that asks for one line of text. */

import { html } from "./elements.js";

/**
 * Ask for one line of text; return it, or null if the dialog was closed.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text the purpose
 * @param {string} question.field the label of the field
 * @param {string} question.button
 * @param {(written: string) => string | null} question.check returns what is wrong, or null
 * @param {boolean} [question.isSecret]
 * @param {boolean} [question.isRequired] omits the button that closes the dialog
 * @returns {Promise<string | null>}
 */
export function askForLine({ title, text, field, button, check, isSecret = false, isRequired = false }) {
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
  const row = html("div", { class: "row" }, send, ...(isRequired ? [] : [close]));
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
      wrong.textContent = check(written) ?? "";
      wrong.hidden = wrong.textContent === "";
      if (!wrong.hidden) return;
      answer = written;
      dialog.close();
    });
    dialog.showModal();
  });
}
