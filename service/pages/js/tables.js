/** Tables of the numbers that a drawing shows. */

import { html } from "./elements.js";

/**
 * Return a table that scrolls within itself if the page is narrow.
 *
 * @param {string} name for screen readers
 * @param {string[]} head the columns' names; the first column names the row
 * @param {(string | number)[][]} rows
 * @returns {HTMLElement}
 */
export function table(name, head, rows) {
  const columns = head.map((text, i) => html("th", { scope: "col", class: kind(i) }, text));
  const lines = rows.map(([first, ...others]) => {
    const cells = others.map((text) => html("td", { class: kind(1) }, text));
    return html("tr", {}, html("th", { scope: "row" }, first), ...cells);
  });
  const heads = html("thead", {}, html("tr", {}, ...columns));
  const grid = html("table", { class: "data" }, heads, html("tbody", {}, ...lines));
  // The keyboard must reach what scrolls.
  return html("div", { class: "scrolls", role: "region", "aria-label": name, tabindex: 0 }, grid);
}

/**
 * Return such a table under a line that opens it.
 *
 * @param {string} summary the text of that line
 */
export function foldedTable(summary, name, head, rows) {
  return html("details", {}, html("summary", {}, summary), table(name, head, rows));
}

function kind(column) {
  return column === 0 ? "" : "number";
}
