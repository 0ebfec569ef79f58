// The places of the text that differ from the page, each marked by an element: it says what the page has, is reached by
// Tab, and can be chosen. Chosen places are told by "pl:finding" {index, from} on `document`; `index` is the place's
// position in the value's list, null for none.
import { el } from "../base/dom.js";
import { highlight } from "../base/highlight.js";
import { gettext } from "../base/language.js";
import { forgetPlaces, rangeOf } from "../base/page-words.js";
import { bringIntoView, text } from "./text-words.js";

const MAX_TITLE_CHARS = 300;
let findings = [];
let drawn = "[]"; // the JSON of these

const KINDS = ["missing", "unsupported", "differs", "moved", "chosen"];
const shortened = (words) => (words.length > MAX_TITLE_CHARS ? `${words.slice(0, MAX_TITLE_CHARS)}…` : words);

function titleOf({ kind, page }) {
  if (kind === "missing") return gettext("Left out here: {words}", { words: shortened(page) });
  if (kind === "unsupported") return gettext("The page does not have this.");
  if (kind === "moved") return gettext("On the page, this stands above what comes before it here.");
  return gettext("The page has: {words}", { words: shortened(page) });
}

// Draws the places of the page; `changed` says that the paragraphs have been drawn anew.
export function drawFindings(list, changed) {
  const wanted = JSON.stringify(list);
  if (wanted === drawn && !(changed && list.length)) return;
  if (wanted !== drawn) highlight("pl-chosen", []);
  [findings, drawn] = [list, wanted];
  for (const node of text.querySelectorAll(".finding")) unmark(node);
  forgetPlaces();
  const ranges = findings.map(placeOf); // all of them before a node is changed
  for (const [index, range] of [...ranges.entries()].reverse()) if (range) mark(index, range); // what is before stays
  forgetPlaces();
  document.dispatchEvent(new CustomEvent("pl:findings", { detail: { findings } }));
  document.dispatchEvent(new CustomEvent("pl:text"));
}

function unmark(node) {
  const parent = node.parentNode;
  if (node.localName === "math") return void node.classList.remove("finding", ...KINDS);
  node.replaceWith(...node.childNodes);
  parent.normalize();
}

// Where a place is in the text: a range, which is empty where words are missing; null where the text does not show it.
function placeOf({ first, end }) {
  if (first === end) return after(rangeOf(first - 1)) ?? before(rangeOf(first));
  const known = Array.from({ length: end - first }, (_, at) => rangeOf(first + at)).filter(Boolean);
  known[0]?.setEnd(known.at(-1).endContainer, known.at(-1).endOffset);
  return known[0] ?? null;
}

function before(range) {
  range?.collapse(true);
  return range;
}

// Behind a word, and the full stop or the bracket that follows it.
function after(range) {
  if (!range) return null;
  const { endContainer, endOffset } = range;
  range.setEnd(endContainer, endOffset + /^\S*/.exec(endContainer.data.slice(endOffset))[0].length);
  range.collapse();
  return range;
}

function mark(index, range) {
  const finding = findings[index];
  const attributes = { class: `finding ${finding.kind}`, "data-finding": index, title: titleOf(finding) };
  if (range.collapsed || finding.kind === "moved") {
    const sign = el("span", { ...attributes, role: "button", tabindex: 0, "aria-label": attributes.title });
    range.collapse(true);
    return insertAt(range, sign);
  }
  let opened = false;
  for (const node of textNodes(range)) {
    const math = node.parentElement.closest("math");
    if (math) {
      math.classList.add("finding", finding.kind);
      Object.assign(math.dataset, { finding: index });
      continue;
    }
    const button = opened || node.parentElement.closest("a, button") ? {} : { role: "button", tabindex: 0 };
    const part = el("span", { ...attributes, ...button });
    node.replaceWith(part);
    part.append(node);
    opened = true;
  }
}

// Text nodes that hold just what is within the range, split off where it begins or ends in one.
function textNodes(range) {
  const walker = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE && range.intersectsNode(node) && node.data.trim()) nodes.push(node);
  }
  const { startContainer, startOffset, endContainer, endOffset } = range;
  return nodes.map((node) => {
    if (node === endContainer) node.splitText(endOffset);
    return node === startContainer && startOffset ? node.splitText(startOffset) : node;
  });
}

// Inserts a sign in the text, not within a formula.
function insertAt(range, sign) {
  const math = (range.startContainer.parentElement ?? text).closest("math");
  if (math) math.after(sign);
  else range.insertNode(sign);
}

function choose(index, from) {
  const chosen = findings[index] ? index : null;
  const nodes = [...text.querySelectorAll(".finding")];
  for (const node of nodes) node.classList.toggle("chosen", Number(node.dataset.finding) === chosen);
  const place = chosen === null ? null : placeOf(findings[chosen]);
  highlight("pl-chosen", place && findings[chosen].kind === "moved" ? [place] : []);
  const node = nodes.find((one) => Number(one.dataset.finding) === chosen);
  if (chosen !== null && from !== "text" && node) bringIntoView(node);
}

document.addEventListener("pl:finding", ({ detail: { index, from } }) => choose(index, from));
const tell = (index) => document.dispatchEvent(new CustomEvent("pl:finding", { detail: { index, from: "text" } }));
const pressed = (event) => {
  const node = event.target.closest(".finding");
  if (!node || node.closest("a") || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  tell(Number(node.dataset.finding));
};
text.addEventListener("click", pressed);
text.addEventListener("keydown", pressed);
