// The list of headings. It is drawn in chunks, of which only those in view are laid out, and a chunk that stays as it is is left alone.
import { component } from "../base/component.js";
import { el, reconcile, setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { currentAt, depths } from "./outline-depths.js";

const { find, trigger } = component("outline");
const CHUNK_PAGES = 25;
const list = find(".headings");
let headings = []; // {number, level, paragraph, text}
let documentKey = -1;
let shown = 0; // the number of the page that is shown; 0 where it is of another document
let chosen = null; // {number, paragraph}: the heading that was chosen last, which is current while its page is shown
let stop = null; // the button that Tab reaches

const buttons = () => [...list.querySelectorAll("button")];

const empty = el("div", { role: "listitem" }, el("button", { type: "button", tabindex: "-1" }, el("span", { class: "text" }), el("span", { class: "page", "aria-hidden": "true" })));
const entry = () => empty.cloneNode(true); // there may be thousands

function drawEntry(node, heading) {
  const { number, text, depth } = heading;
  const button = node.firstChild;
  button.heading = heading;
  setAttribute(node, "aria-level", String(depth + 1));
  node.style.setProperty("--depth", depth);
  setText(button.firstChild, text);
  setText(button.lastChild, String(number));
  setAttribute(button, "aria-label", gettext("{heading}, page {number}", { heading: text, number: String(number) }));
}

// The headings by their chunks; within one, each is known by its page and its place among the page's.
function chunksOf(all) {
  const chunks = new Map();
  const nested = depths(all.map(({ level }) => level));
  let before = 0;
  let place = 0;
  for (const [at, heading] of all.entries()) {
    place = heading.number === before ? place + 1 : 0;
    before = heading.number;
    const key = `${documentKey}:${Math.floor(heading.number / CHUNK_PAGES)}`;
    if (!chunks.has(key)) chunks.set(key, []);
    chunks.get(key).push({ ...heading, depth: nested[at], key: `${heading.number}:${place}` });
  }
  return [...chunks].map(([key, entries]) => ({ key, entries }));
}

function drawChunk(node, { entries }) {
  const source = JSON.stringify(entries);
  if (node.source === source) return;
  node.source = source;
  node.style.setProperty("--count", entries.length);
  reconcile(node, entries, ({ key }) => key, entry, drawEntry);
}

function makeChunk(chunk) {
  const node = el("div", { role: "none" });
  drawChunk(node, chunk); // before it is in the page, which is faster
  return node;
}

export function drawHeadings(key, all) {
  if (key !== documentKey) chosen = null;
  [documentKey, headings] = [key, all];
  reconcile(list, chunksOf(all), ({ key: name }) => name, makeChunk, drawChunk);
}

export function drawCurrent(page) {
  const [key, number] = page.split("-").map(Number);
  const other = shown !== number;
  shown = key === documentKey ? number : 0;
  if (chosen && other && chosen.number !== shown) chosen = null;
  const at = chosen ? headings.findIndex((one) => one.number === chosen.number && one.paragraph === chosen.paragraph) : -1;
  const now = buttons()[at >= 0 ? at : currentAt(headings.map((one) => one.number), shown)] ?? null;
  for (const node of list.querySelectorAll("[aria-current]")) if (node !== now) node.removeAttribute("aria-current");
  if (now) setAttribute(now, "aria-current", "true");
  if (list.contains(document.activeElement)) return;
  setStop(now ?? list.querySelector("button"));
  if (now && other) intoView(now);
}

// A roving tabindex: only the current heading, or the one reached with the arrow keys, can be reached with Tab.
function setStop(node) {
  if (stop !== node) stop?.setAttribute("tabindex", "-1");
  stop = node;
  stop?.setAttribute("tabindex", "0");
}

// Scrolls the list only.
function intoView(node) {
  const [inner, outer] = [node.getBoundingClientRect(), list.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

list.addEventListener("click", ({ target }) => {
  const { heading } = target.closest("button") ?? {};
  if (!heading) return;
  chosen = heading;
  const page = `${documentKey}-${heading.number}`;
  document.dispatchEvent(new CustomEvent("pl:heading", { detail: { page, paragraph: heading.paragraph } }));
  trigger("chosen", { page });
  drawCurrent(`${documentKey}-${shown}`);
});

list.addEventListener("pointerover", ({ target }) => {
  const button = target.closest("button");
  if (button) setAttribute(button, "title", button.heading.text); // it may be cut
});

list.addEventListener("keydown", (event) => {
  const all = buttons();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: all.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const node = all[Math.max(0, Math.min(all.length - 1, to))];
  setStop(node);
  node.focus({ preventScroll: true });
  intoView(node);
});
