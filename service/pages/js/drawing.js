/**
 * Elements of pages and pictures, made without a string of markup.
 *
 *     html("p", { class: "told" }, "text is never read as markup")
 *     svg("circle", { cx: 3, cy: 4, r: 2 })
 *
 * Attributes that are null, undefined or false are left out.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Return a new HTML element. */
export function html(name, attributes = {}, ...children) {
  return furnished(document.createElement(name), attributes, children);
}

/** Return a new SVG element. */
export function svg(name, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, name), attributes, children);
}

function furnished(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}
