// Searches all pages, marks matches in the text, and tells the viewer what to mark on the page: `pl:hits` {words, now,
// regions}, the words of all matches and of the current one, and the regions with matches whose words have no place.
// The document's text is told its current match: `pl:hit` {page, range, wanted}, the last if the visitor has just asked for it.
import { component, latest } from "../base/component.js";
import { setText } from "../base/dom.js";
import { highlight } from "../base/highlight.js";
import { gettext } from "../base/language.js";
import { boxesOf, wordsIn } from "../base/page-words.js";
import { hitsOf, positionOf, setHits, total } from "../base/search-hits.js";
import "./text-size.js";
import { regionsOf } from "../base/paragraphs.js";
import { isPlainKey } from "../base/shortcuts.js";

const { trigger, find, current, onValue } = component("search");
const shownPage = () => latest("viewer")?.id ?? ""; // not in the value, which has the matches of all pages and would be sent with each
const field = find("input");
const DEBOUNCE_MS = 250;
let timer;
let found = []; // the matches in the text of the page that is shown: {paragraph, range, words: those that have a place}
let inDocument = []; // the same matches, as ranges of the document's text; none while that does not hold the page
let now = 0; // index of the current match
let fromEnd = false; // whether the next page is entered at its last match
let turned = false; // whether another page or other words are looked at, whose text may still be to come

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => trigger("query", { query: field.value }), DEBOUNCE_MS);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  if (event.key === "Escape" && field.value) {
    field.value = "";
    trigger("query", { query: "" });
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || !isPlainKey(event)) return;
  event.preventDefault();
  field.focus();
});

// Whether the text of the page that is shown is there by now (text.js).
const isDrawn = () => document.querySelector(".page-text").dataset.page === shownPage();
let awaited = 0; // a step that was asked for before that

// Goes to the next match: of the page that is shown, then of the next page that has some.
function step(by) {
  if (!isDrawn()) {
    awaited = by;
    return;
  }
  const shown = shownPage();
  const pages = [...hitsOf().keys()];
  if (!pages.length) return;
  const next = Math.min(now, found.length - 1) + by;
  if (found[next]) return go(next);
  const page = pageAfter(pages, shown, by);
  fromEnd = by < 0;
  if (page !== shown) trigger("chosen", { page });
  else go(fromEnd ? Infinity : 0);
}

// The page with matches that comes after this one, or before it; the last is followed by the first.
function pageAfter(pages, shown, by) {
  const at = pages.indexOf(shown);
  if (at >= 0) return pages[(at + by + pages.length) % pages.length];
  const [document, number] = shown.split("-").map(Number);
  const follows = (page) => {
    const [its, its_number] = page.split("-").map(Number);
    return its > document || (its === document && its_number > number);
  };
  const next = pages.findIndex(follows);
  const after = next < 0 ? pages.length : next;
  return by > 0 ? pages[after % pages.length] : pages[(after - 1 + pages.length) % pages.length];
}
find(".before").addEventListener("click", () => step(-1));
find(".after").addEventListener("click", () => step(1));

// Finds matches in a paragraph; its text nodes are joined and white space is normalised.
function ranges(paragraph, words) {
  const nodes = [];
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  let all = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, begin: all.length });
    all += node.data.replace(/\s/g, " ").toLowerCase();
  }
  const place = (at) => {
    const { node, begin } = nodes.findLast((one) => one.begin <= at);
    return [node, Math.min(at - begin, node.length)];
  };
  const found = [];
  for (let at = all.indexOf(words); at >= 0; at = all.indexOf(words, at + words.length)) {
    const range = new Range();
    range.setStart(...place(at));
    const [last, offset] = place(at + words.length - 1);
    range.setEnd(last, Math.min(offset + 1, last.length));
    found.push(range);
  }
  return found;
}

// Marks all matches, those of the page that is shown also on the page: the words where they are known, else the regions.
function mark() {
  const words = current().query.toLowerCase();
  const paragraphs = words ? [...document.querySelectorAll(".paragraph")] : [];
  const places = paragraphs.map((paragraph) => [paragraph, ranges(paragraph, words)]);
  const own = isDrawn() ? places.filter(([paragraph]) => paragraph.closest(".page-text")) : [];
  const section = document.querySelector(`.document-text > [data-key="${CSS.escape(shownPage())}"]`);
  inDocument = places.flatMap(([paragraph, ranges]) => (section?.contains(paragraph) ? ranges : []));
  highlight("pl-hits", places.flatMap(([, ranges]) => ranges));
  found = own.flatMap(([paragraph, ranges]) => ranges.map((range) => ({ paragraph, range, words: wordsIn(range).filter((word) => boxesOf(word).length) })));
  tell();
}

// `3 / 38 on 12 pages`, or without the first number where the page that is shown has none.
function drawFound() {
  const { found: count, where } = current();
  const at = count ? positionOf(shownPage(), Math.min(now, Math.max(0, found.length - 1))) : 0;
  setText(find(".found .at"), at ? gettext("{at} / {all}", { at, all: total() }) : count);
  setText(find(".found .where"), at ? ` ${where}` : "");
}

const nowOf = (matches = found) => matches[Math.min(now, matches.length - 1)];

function tell(wanted = false) {
  const unplaced = new Set(found.filter(({ words }) => !words.length).map(({ paragraph }) => paragraph));
  const regions = [...unplaced].flatMap(regionsOf);
  const words = [...new Set(found.flatMap(({ words }) => words))];
  drawFound();
  const range = nowOf(inDocument);
  highlight("pl-hit", [nowOf()?.range, range].filter(Boolean));
  document.dispatchEvent(new CustomEvent("pl:hit", { detail: { page: shownPage(), range, wanted } }));
  document.dispatchEvent(new CustomEvent("pl:hits", { detail: { regions, words, now: nowOf()?.words ?? [] } }));
}

function go(index, wanted = true) {
  now = index;
  tell(wanted);
  nowOf()?.range.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("pl:words", () => current().query && mark());
document.addEventListener("pl:text", () => {
  if (!stale) queueMicrotask(markAgain); // once for all pages whose text is drawn now
  stale = true;
});

let stale = false; // whether there is other text
function markAgain() {
  stale = false;
  if (!current().query) return;
  mark();
  if (!isDrawn()) return;
  if (turned) go(now, false);
  turned = false;
  const by = awaited;
  awaited = 0;
  if (by) step(by);
}

let marked = { query: "", shown: "" };
let answered = ""; // the latest query of the server
function draw() {
  const { query, hits, any } = current();
  const shown = shownPage();
  setHits(hits);
  find(".search").hidden = !any;
  if (query !== answered && document.activeElement !== field) field.value = query; // searched for from the library
  answered = query;
  drawFound();
  find(".search").classList.toggle("none", Boolean(query) && !hits.length);
  for (const button of [find(".before"), find(".after")]) button.hidden = total() < 2;
  if (marked.query === query && marked.shown === shown) return;
  const other = marked.query !== query; // otherwise another page is shown, perhaps since the reader scrolled there
  marked = { query, shown };
  if (other) awaited = 0;
  [now, fromEnd, turned] = [fromEnd ? Infinity : 0, false, true];
  if (other || isDrawn()) mark();
  else [found, inDocument] = [[], []]; // the matches of another page follow with its text
  go(now, other);
}
onValue(draw);
document.addEventListener("pl:page", draw);
