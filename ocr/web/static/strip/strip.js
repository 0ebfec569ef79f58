import { component, latest } from "../base/component.js";
import { el, nameParts, setAttribute, setText } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { isChosen, setDocuments } from "../base/page-choice.js";
import { drawThumb } from "./strip-button.js";
import { chooseRange, drawLeftOut, leftOutButton, placeButton } from "./strip-choice.js";
import { showLongAsOneText } from "./strip-document-tab.js";
import { drawMinimap } from "./strip-minimap.js";
import { forgetThumb, near, showThumb } from "./strip-thumbs.js";

const { props, trigger, find, current, onValue } = component("strip");
const CHUNK_PAGES = 10; // thumbnails observed as one element
const EXCEPTIONS = ["tokens", "attempts", "places", "corrected"]; // what only some pages have: pairs of a page's number and how many
const strip = find(".strip");
const groups = new Map(); // key of a file → {root, nodes, sum, line, leftOut, states, touched: numbers of pages that had an exception}
let shown = "";
let choosing = 0;
let scrolled = false; // to the current page, since the strip became visible

const nodes = () => [...groups.values()].flatMap((group) => group.nodes);
const nodeOf = (page) => strip.querySelector(`[data-page="${CSS.escape(page)}"]`);

function thumb(key, number) {
  const node = el("button", { type: "button", class: "thumb", tabindex: "-1", "data-page": `${key}-${number}`, "aria-keyshortcuts": "Delete", click: choose });
  return Object.assign(node, { number, fileKey: key });
}

function drawGroup(group, file) {
  const states = file.states.join("");
  const [tokens, attempts, places, corrected] = EXCEPTIONS.map((name) => new Map(file[name]));
  const touched = new Set([tokens, attempts, places, corrected].flatMap((pages) => [...pages.keys()]));
  group.nodes.forEach((node, at) => {
    if (states[at] === group.states[at] && !touched.has(at + 1) && !group.touched.has(at + 1)) return;
    const sign = states[at].toLowerCase();
    node.ready = sign !== states[at];
    node.page = { ...props.states[sign], tokens: tokens.get(at + 1) ?? 0, attempts: attempts.get(at + 1) ?? 1, places: places.get(at + 1) ?? 0, corrected: corrected.has(at + 1) };
    drawThumb(node);
    if (node.firstChild) showThumb(node);
  });
  if (states !== group.states) drawSum(group, file.read, states.length);
  Object.assign(group, { states, touched });
}

function drawSum(group, read, all) {
  setText(group.sum, read ? gettext("{read} of {all} read", { read, all, count: read }) : ngettext("{count} page", "{count} pages", all));
  group.line.style.setProperty("--share", read / all);
}

function addGroup(file) {
  const count = file.states.join("").length;
  const made = Array.from({ length: count }, (_, at) => Object.assign(thumb(file.key, at + 1), { file: file.name }));
  const sum = el("span", { class: "sum" });
  const leftOut = leftOutButton({ ...file, count });
  const line = el("div", { class: "line", "aria-hidden": "true" });
  const head = el("div", { class: "head", title: file.name }, el("span", { class: "name file-name" }, ...nameParts(file.name)), sum, leftOut, line);
  const root = el("div", { class: "group", role: "group", "aria-label": gettext("Pages of {name}", { name: file.name }) }, head, el("div", { class: "row" }, ...chunks(made)));
  for (const chunk of root.lastElementChild.children) near.observe(chunk);
  strip.append(root);
  groups.set(file.key, { root, nodes: made, sum, line, leftOut, states: "", touched: new Set() });
}

function chunks(made) {
  return Array.from({ length: Math.ceil(made.length / CHUNK_PAGES) }, (_, at) => {
    const some = made.slice(at * CHUNK_PAGES, (at + 1) * CHUNK_PAGES);
    return el("div", { class: "chunk", style: `--count: ${some.length}` }, ...some);
  });
}

function removeGroup(key) {
  for (const chunk of groups.get(key).root.lastElementChild.children) near.unobserve(chunk);
  groups.get(key).nodes.forEach(forgetThumb);
  groups.get(key).root.remove();
  groups.delete(key);
}

let anchor = null; // from where Shift chooses a range: the page that was chosen last without it

function choose({ currentTarget, shiftKey }) {
  if (shiftKey) return chooseRange(nodes(), anchor?.isConnected ? anchor : nodeOf(shown), currentTarget);
  anchor = currentTarget;
  trigger("chosen", { page: currentTarget.dataset.page });
}

function drawChoice() {
  for (const [key, { nodes, leftOut }] of groups) {
    for (const node of nodes) if (node.page && node.leftOut === isChosen(key, node.number)) drawThumb(node);
    drawLeftOut(leftOut, { key, count: nodes.length });
  }
  placeButton();
}
document.addEventListener("pl:choice", drawChoice);

// A roving tabindex: only the current page, or the one reached with the arrow keys, can be reached with Tab.
function setStop(node) {
  for (const other of strip.querySelectorAll('[tabindex="0"]')) if (other !== node) other.tabIndex = -1;
  node.tabIndex = 0;
}

// Scrolls the strip only, not the window.
function intoView(node) {
  const outer = strip.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  const room = 40;
  if (inner.top < outer.top + room) strip.scrollTop -= outer.top + room - inner.top;
  else if (inner.bottom > outer.bottom - room) strip.scrollTop += inner.bottom - outer.bottom + room;
  if (inner.left < outer.left) strip.scrollLeft -= outer.left + room - inner.left;
  else if (inner.right > outer.right) strip.scrollLeft += inner.right - outer.right + room;
}

function drawShown(page) {
  if (page === shown && nodeOf(page)?.tabIndex === 0) return;
  nodeOf(shown)?.removeAttribute("aria-current");
  shown = page;
  const node = nodeOf(page);
  if (!node) return;
  setAttribute(node, "aria-current", "page");
  if (strip.contains(document.activeElement)) return; // the arrow keys are ahead of the server
  setStop(node);
  toView = node;
}

// What needs a layout is done once all components have taken their values: each would have the browser lay out anew.
let toView = null; // the button that is to be scrolled to
let settling = 0;
function settle() {
  settling = 0;
  if (toView?.isConnected) intoView(toView);
  toView = null;
  placeButton();
}

// After a reload the current page is known before the strip is visible and can be scrolled.
new ResizeObserver(([{ contentRect }]) => {
  if (contentRect.height && !scrolled && nodeOf(shown)) {
    scrolled = true;
    intoView(nodeOf(shown));
  }
  if (!contentRect.height) scrolled = false;
  placeButton(); // which has no place while the strip is hidden
}).observe(strip);

strip.addEventListener("keydown", (event) => {
  const all = nodes();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowUp: at - 1, ArrowLeft: at - 1, ArrowDown: at + 1, ArrowRight: at + 1, PageUp: at - 5, PageDown: at + 5, Home: 0, End: all.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const node = all[Math.max(0, Math.min(all.length - 1, to))];
  if (event.shiftKey) chooseRange(all, anchor?.isConnected ? anchor : all[at], node);
  else anchor = node;
  setStop(node);
  node.focus({ preventScroll: true });
  intoView(node);
  clearTimeout(choosing);
  choosing = setTimeout(() => trigger("chosen", { page: node.dataset.page }), 150);
});

// The page is the viewer's: in this value it would send the states of all pages again with each step.
function drawPage() {
  const page = latest("viewer")?.id ?? "";
  drawShown(page);
  drawMinimap(nodes(), page);
  showLongAsOneText(groups.get(nodeOf(page)?.fileKey)?.nodes.length ?? 0);
  if (!settling) settling = requestAnimationFrame(settle);
}
document.addEventListener("pl:page", drawPage);

onValue(() => {
  const { files } = current();
  const keys = new Set(files.map((file) => file.key));
  for (const key of [...groups.keys()]) if (!keys.has(key)) removeGroup(key);
  for (const file of files) {
    if (!groups.has(file.key)) addGroup(file);
    drawGroup(groups.get(file.key), file);
  }
  setDocuments(files.map(({ key }) => ({ key, count: groups.get(key).nodes.length })));
  strip.hidden = !files.length;
  strip.classList.toggle("several", files.length > 1);
  drawPage();
});
