// The tables and formulas of the text, and what of them goes to the clipboard.
import { el } from "../base/dom.js";
import { sourceOf } from "../base/paragraphs.js";
import { grid, isText } from "./table-cells.js";

const FORMULA = "math[data-tex], code.formula";

// The table that a node of the text is in, else its formula; null where it is in none.
export const partAt = (node) => node.closest?.(".paragraph table") ?? node.closest?.(`.paragraph :is(${FORMULA})`) ?? null;

// What the menu copies: of the pinned region if it has any, else of the text that is shown.
export function partsToCopy() {
  const visible = [...document.querySelectorAll(".paragraph")].filter((node) => node.checkVisibility());
  const within = (nodes, selector) => nodes.flatMap((node) => [...node.querySelectorAll(selector)]);
  const pinned = visible.filter((node) => node.matches(".pinned"));
  const found = (selector) => [within(pinned, selector), within(visible, selector)].find((nodes) => nodes.length) ?? [];
  return { tables: found("table"), formulas: found(FORMULA) };
}

const texOf = (node) => node.getAttribute("data-tex") ?? node.textContent;

export const texsOf = (formulas) => ({ "text/plain": formulas.map(texOf).join("\n") });

// The table as the server sent it, without what the page has put into it; formulas are TeX, since no cell holds MathML.
function pristine(table) {
  const paragraph = table.closest(".paragraph");
  const at = [...paragraph.querySelectorAll("table")].indexOf(table);
  const sent = new DOMParser().parseFromString(sourceOf(paragraph), "text/html").querySelectorAll("table")[at];
  for (const formula of sent.querySelectorAll(FORMULA)) formula.replaceWith(texOf(formula));
  return sent;
}

function cellText(cell) {
  const copy = cell.cloneNode(true);
  for (const line of copy.querySelectorAll("br")) line.replaceWith(" ");
  return copy.textContent.replace(/\s+/g, " ").trim();
}

// Tables as HTML, and as lines of cells with tabs between them. Cells that a spreadsheet would take for other numbers, or
// for formulas, are marked as text: for Excel by a style, for LibreOffice by `sdnum`.
export function textsOf(tables) {
  const shown = tables.map(pristine);
  const lines = shown.map((table) => grid([...table.rows].map((row) => [...row.cells].map((cell) => ({ text: cellText(cell), columns: cell.colSpan, rows: cell.rowSpan })))));
  for (const cell of shown.flatMap((table) => [...table.querySelectorAll("td, th")])) {
    if (!isText(cellText(cell))) continue;
    cell.setAttribute("style", "mso-number-format:'\\@'");
    cell.setAttribute("sdnum", "1033;0;@");
  }
  const html = el("div", {}, ...shown.flatMap((table, at) => (at ? [el("p", {}), table] : [table])));
  return { "text/html": html.innerHTML, "text/plain": lines.map((rows) => rows.map((row) => row.join("\t")).join("\n")).join("\n\n") };
}
