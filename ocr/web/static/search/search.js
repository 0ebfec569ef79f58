// Searches all pages, marks matches in the text with the CSS Custom Highlight API, which does not change elements, and
// sends the regions that contain matches to the viewer (`pl:hits`).
import { component } from "../base/component.js";
import { setText } from "../base/dom.js";

const { element, trigger, find, current, onValue } = component("search");
const field = find("input");
const DEBOUNCE_MS = 250;
let timer;

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
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  field.focus();
});

function step(by) {
  const { hits, shown } = current();
  if (!hits.length) return;
  const at = hits.findIndex((hit) => hit.page === shown);
  const next = at < 0 ? 0 : (at + by + hits.length) % hits.length;
  if (hits[next].page !== shown) trigger("chosen", { page: hits[next].page });
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

function mark() {
  const words = current().query.toLowerCase();
  const regions = new Set();
  const all = [];
  for (const paragraph of words ? document.querySelectorAll(".paragraph") : []) {
    const found = ranges(paragraph, words);
    all.push(...found);
    const onDesk = found.length && paragraph.closest(".page-text");
    if (onDesk) for (const index of (paragraph.dataset.regions ?? "").split(" ").filter(Boolean)) regions.add(Number(index));
  }
  if (typeof Highlight === "function") {
    if (all.length) CSS.highlights.set("pl-hits", new Highlight(...all));
    else CSS.highlights.delete("pl-hits");
  }
  document.dispatchEvent(new CustomEvent("pl:hits", { detail: { regions: [...regions] } }));
  return all;
}
document.addEventListener("pl:text", () => current().query && mark());

let marked = "";
onValue(() => {
  const { query, found, hits, any, shown } = current();
  find(".search").hidden = !any;
  setText(find(".found"), found);
  find(".search").classList.toggle("none", Boolean(query) && !hits.length);
  for (const button of element.querySelectorAll(".step")) button.hidden = hits.length < 2;
  if (marked === `${query}\n${shown}`) return;
  marked = `${query}\n${shown}`;
  const [first] = mark();
  first?.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
});
