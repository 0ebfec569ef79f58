// The words of the page that is shown: where each stands on the page, and where in its text. Each is known by its index.
// Events on `document`: "pl:words", when there are others; "pl:word" {from}, when others are lit.
import { fold, placeWords } from "./word-match.js";

let words = []; // [letters, left, top, right, bottom, …], the sides of one box or more in thousandths of the page
let starts = []; // the index of the first word of each paragraph
let text = null; // the element that holds the paragraphs
let read = ""; // the JSON of these
let pointed = []; // words under the pointer, or selected in the text
let pinned = null; // a word that was clicked
const placed = new Map(); // paragraph → what is needed to find its words in it

// `changed` says that the text has other paragraphs than before.
export function setWords(element, json, changed) {
  text = element;
  if (changed || json !== read) placed.clear();
  if (json === read) return;
  read = json;
  pointed = [];
  pinned = null;
  ({ words, starts } = json ? JSON.parse(json) : { words: [], starts: [] });
  document.dispatchEvent(new CustomEvent("pl:words"));
}

// To be called when a paragraph's nodes have changed.
export const forgetPlaces = () => placed.clear();

// The words that are lit.
export const litWords = () => (pointed.length || pinned === null ? pointed : [pinned]);

export function pointAt(indices, from) {
  if (indices.join() === pointed.join()) return;
  pointed = indices;
  document.dispatchEvent(new CustomEvent("pl:word", { detail: { from } }));
}

// Whether this is another word than the pinned one.
export const isAnother = (index) => index !== null && index !== pinned;

export function pinWord(index, from) {
  if (index === pinned) return;
  pinned = index;
  document.dispatchEvent(new CustomEvent("pl:word", { detail: { from } }));
}

export function boxesOf(index) {
  const boxes = [];
  const sides = words[index] ?? [];
  for (let at = 1; at < sides.length; at += 4) boxes.push(sides.slice(at, at + 4));
  return boxes;
}

// The word at a point of the page, in thousandths; null where there is none.
export function wordOnPage(x, y) {
  const holds = ([left, top, right, bottom]) => left <= x && x <= right && top <= y && y <= bottom;
  const index = words.findIndex((_, index) => boxesOf(index).some(holds));
  return index < 0 ? null : index;
}

function place(paragraph) {
  if (placed.has(paragraph)) return placed.get(paragraph);
  const nodes = [];
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  let all = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, begin: all.length });
    all += node.data;
  }
  const { letters, begins, ends } = fold(all);
  const at = [...text.children].indexOf(paragraph);
  const first = starts[at] ?? words.length;
  const own = words.slice(first, starts[at + 1] ?? words.length).map(([letters]) => letters);
  const spans = placeWords(letters, own).map((span) => span && [begins[span[0]], ends[span[1] - 1]]);
  const found = { first, nodes, spans };
  placed.set(paragraph, found);
  return found;
}

// The paragraph that has a word.
function paragraphOf(index) {
  const at = starts.findLastIndex((start) => start <= index);
  return index < words.length ? text?.children[at] : undefined;
}

// The word's place in the text as a Range; null where the text does not show it.
export function rangeOf(index) {
  const paragraph = paragraphOf(index);
  if (!paragraph) return null;
  const { first, nodes, spans } = place(paragraph);
  const span = spans[index - first];
  if (!span) return null;
  const range = new Range();
  const begin = nodes.findLast((one) => one.begin <= span[0]);
  const end = nodes.findLast((one) => one.begin < span[1]);
  range.setStart(begin.node, span[0] - begin.begin);
  range.setEnd(end.node, span[1] - end.begin);
  return range;
}

// The words that a range of the text has letters of.
export function wordsIn(range) {
  const indices = [];
  const all = words.length ? [...text.children] : [];
  const inside = range.commonAncestorContainer.parentElement?.closest(".paragraph");
  for (const paragraph of inside ? all.filter((one) => one === inside) : all) {
    if (!range.intersectsNode(paragraph)) continue;
    const { first, nodes, spans } = place(paragraph);
    const from = offset(nodes, range.startContainer, range.startOffset);
    const to = offset(nodes, range.endContainer, range.endOffset);
    for (const [at, span] of spans.entries()) if (span && span[0] < to && from < span[1]) indices.push(first + at);
  }
  return indices;
}

// A point of the DOM as an offset in the paragraph's text: 0 before it, beyond any other after it.
function offset(nodes, container, at) {
  const own = nodes.find(({ node }) => node === container);
  if (own) return own.begin + at;
  const point = new Range();
  point.setStart(container, at);
  return nodes.find(({ node }) => point.comparePoint(node, 0) >= 0)?.begin ?? Infinity;
}

// The word of the text under a point of the window; null where there is none.
export function wordInText(x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const range = caret ? null : document.caretRangeFromPoint?.(x, y); // where the standard one is missing
  const node = caret?.offsetNode ?? range?.startContainer;
  const at = caret?.offset ?? range?.startOffset;
  const paragraph = node?.nodeType === Node.TEXT_NODE && node.parentElement.closest(".paragraph");
  if (!paragraph || paragraph.parentNode !== text) return null;
  const { first, nodes, spans } = place(paragraph);
  const offset = nodes.find((one) => one.node === node).begin + at;
  const near = spans.flatMap((span, index) => (span && span[0] <= offset && offset <= span[1] ? [first + index] : []));
  const under = ({ left, top, right, bottom }) => left <= x && x <= right && top <= y && y <= bottom;
  return near.find((index) => [...rangeOf(index).getClientRects()].some(under)) ?? null;
}
