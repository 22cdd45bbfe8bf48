/**
 * Elements of a page and of its drawings.
 *
 *     html("p", { class: "small" }, "text is never read as markup")
 *     svg("circle", { cx: 3, cy: 4, r: 2 })
 *
 * Attributes that are null, undefined or false are left out.
 */

const SVG = "http://www.w3.org/2000/svg";
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** Return the element of the page with an id. */
export const byId = (id) => document.getElementById(id);

/** Return a new HTML element. */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return a new SVG element. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Move the focus among elements with one tab stop by arrow keys, Home and End. */
export function moveFocus(event, elements) {
  const at = elements.indexOf(event.target);
  const ends = { Home: 0, End: elements.length - 1 };
  const goal = elements[ends[event.key] ?? at + (STEPS[event.key] ?? Number.NaN)];
  if (at < 0 || !goal) return;
  event.preventDefault();
  event.target.setAttribute("tabindex", "-1");
  goal.setAttribute("tabindex", "0");
  goal.focus();
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}
