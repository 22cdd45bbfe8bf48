/** Keyboard shortcuts: letters press buttons, space plays, arrows move on the plane. */

const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
const OWN_ARROWS = "input, select, textarea, [role=img]";
const OWN_SPACE = "button, summary, input, select, textarea, a";
const TYPING = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select";

/**
 * Listen to the keyboard.
 *
 * @param {object} parts
 * @param {Record<string, () => void>} parts.letters action of a letter, as in `{s: skip}`
 * @param {() => boolean} parts.areOn whether letters are on; dictation software needs them off
 * @param {() => void} parts.onSpace
 * @param {(event: KeyboardEvent) => void} parts.onArrow called for arrows that no control uses
 */
export function listenToKeys({ letters, areOn, onSpace, onArrow }) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter") event.preventDefault(); // one press, one answer
    if (isForOthers(event)) return;
    const isOn = (selector) => event.target.closest?.(selector);
    const letter = letters[event.key.toLowerCase()];
    if (letter && areOn() && !event.repeat && !isOn(TYPING)) letter();
    else if (event.key === " " && !isOn(OWN_SPACE)) {
      event.preventDefault();
      onSpace();
    } else if (ARROWS.has(event.key) && !isOn(OWN_ARROWS)) onArrow(event);
  });
}

function isForOthers(event) {
  const isCommand = event.altKey || event.ctrlKey || event.metaKey;
  return isCommand || event.defaultPrevented || document.querySelector("dialog[open]") !== null;
}
