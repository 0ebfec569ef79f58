// The rows of two readings, side by side or as one text. Text that only one of them has is <del> in A and <ins> in B.
import { component } from "../base/component.js";
import { el, setText } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { rowClass } from "./row-class.js";

const { find } = component("compare");
const [BOTH, FIRST, SECOND] = [0, 1, 2];
export const rows = find(".rows");
let changes = 0; // number of marked differences
let now = -1; // the current difference

// Skips the tags of tables, but not the text between them.
function write(node, text) {
  for (const piece of text.split(/(<[^<>\n]{1,200}>)/)) {
    if (/^<.*>$/.test(piece)) node.append(el("span", { class: "tag" }, piece));
    else if (piece) node.append(piece);
  }
}

function mark(cell, whose, text, change) {
  const [, before, words, after] = text.match(/^(\s*)([\s\S]*?)(\s*)$/);
  const node = el(whose === FIRST ? "del" : "ins", { "data-change": change });
  write(node, words);
  cell.append(before, node, after);
}

function drawRow([gap, parts], sides) {
  const cells = sides.map(() => el("div", { class: "cell" }));
  let changed = false;
  for (const [whose, text, first] of parts) {
    const blank = !text.trim();
    if (whose === BOTH || blank) changed = false;
    else if (!changed) {
      changed = true;
      changes += 1;
    }
    sides.forEach((side, at) => {
      if (whose === BOTH) write(cells[at], (side === FIRST && first) || text);
      else if (side !== null && side !== whose) return;
      else if (blank) cells[at].append(side === null ? " " : text);
      else mark(cells[at], whose, text, changes - 1);
    });
  }
  return el("div", { class: rowClass(parts) + (gap ? " gap" : "") }, ...cells);
}

export function drawRows(value, view) {
  changes = 0;
  now = -1;
  const sides = view === "two" ? [FIRST, SECOND] : [null];
  rows.replaceChildren(...value.map((row) => drawRow(row, sides)));
}

// While B is still being read: A as it is, B as it grows. Text is only appended.
export function drawGrowing(first, second, view) {
  let cell = rows.querySelector(".growing");
  if (!cell) {
    changes = 0;
    const before = el("div", { class: "cell" });
    write(before, first);
    cell = el("div", { class: "cell growing" }, "");
    rows.replaceChildren(el("div", { class: "row" }, ...(view === "two" ? [before, cell] : [cell])));
  }
  const text = cell.firstChild ?? cell.appendChild(document.createTextNode(""));
  const grown = second.trim().replace(/\n{3,}/g, "\n\n");
  if (grown.startsWith(text.data)) text.appendData(grown.slice(text.data.length));
  else text.data = grown;
}

const said = (nodes) => [...nodes].map((node) => node.textContent.slice(0, 80)).join(" ");

export function go(step) {
  if (!changes) return;
  now = now < 0 ? (step > 0 ? 0 : changes - 1) : (now + step + changes) % changes;
  for (const node of rows.querySelectorAll(".now")) node.classList.remove("now");
  const marks = rows.querySelectorAll(`[data-change="${now}"]`);
  for (const node of marks) node.classList.add("now");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  marks[0].scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  const [a, b] = ["del", "ins"].map((tag) => said(rows.querySelectorAll(`${tag}[data-change="${now}"]`)));
  setText(find(".aloud"), gettext("Difference {at} of {all}: A has {a}, B has {b}", { at: now + 1, all: changes, a: a || gettext("nothing"), b: b || gettext("nothing") }));
}

export function drawSteps() {
  find(".steps").hidden = !changes;
  setText(find(".at"), now < 0 ? ngettext("{count} difference", "{count} differences", changes) : gettext("{at} of {all}", { at: now + 1, all: changes }));
}
