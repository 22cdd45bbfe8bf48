/** Tables, for who would rather read a picture than look at it. */

import { html } from "./drawing.js";

/**
 * A table that scrolls within itself where the page is narrow.
 *
 * @param {string} name what a screen reader calls it
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
  // It scrolls, so it must be reached by keys.
  return html("div", { class: "scrolls", role: "region", "aria-label": name, tabindex: 0 }, grid);
}

/**
 * The same under a line that opens it.
 *
 * @param {string} summary what the closed line says
 */
export function foldedTable(summary, name, head, rows) {
  return html("details", {}, html("summary", {}, summary), table(name, head, rows));
}

function kind(column) {
  return column === 0 ? "" : "number";
}
