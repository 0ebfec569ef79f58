// The regions drawn on the page. A region's index is its position in the value's list, in the order of the text.
// Viewer and text communicate by events on `document`: "pl:region" {index: number | null, kind: "hover" | "pin", from}.
import { writeClipboard } from "../base/clipboard.js";
import { component } from "../base/component.js";
import { setAttribute, setText, svg } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isAnother, pinWord } from "../base/page-words.js";
import { nameOf } from "./label-names.js";
import { enlarge } from "./viewer-large.js";
import { nameRegions } from "./viewer-tags.js";
import { wordUnder } from "./viewer-words.js";
import { reveal, sheet, wasDragged, well } from "./viewer-zoom.js";

const { find, current } = component("viewer");
export const regions = find(".regions");
const drawn = []; // the data from which each region was drawn
let hovered = null;
let pinned = null;
let hits = new Set(); // regions with search results, from search.js

const per = (number) => `${number / 10}%`;
export const nodeAt = (index) => regions.children[index];
export const indexOf = (node) => [...regions.children].indexOf(node);
const tell = (index, kind) => document.dispatchEvent(new CustomEvent("pl:region", { detail: { index, kind, from: "viewer" } }));

function region({ label, kind, box: [left, top, right, bottom] }) {
  return svg(
    "g",
    { class: `region kind-${kind}`, role: "button", tabindex: -1, "aria-label": nameOf(label), "aria-pressed": "false" },
    svg("rect", { class: "box", x: per(left), y: per(top), width: per(right - left), height: per(bottom - top), rx: 2 }),
    svg("line", { class: "edge", x1: per(left), x2: per(left), y1: per(top), y2: per(bottom) }),
  );
}

// The legend lights them. Regions are only added while a page is read; those already drawn are left alone, so that nothing flickers.
export function drawRegions(list) {
  const wanted = list.map(({ label, kind, box }) => JSON.stringify([label, kind, box]));
  let same = 0;
  while (same < drawn.length && drawn[same] === wanted[same]) same++;
  while (drawn.length > same) {
    regions.lastElementChild.remove();
    drawn.pop();
  }
  for (let index = same; index < list.length; index++) {
    regions.append(region(list[index]));
    drawn.push(wanted[index]);
  }
  for (const [index, { text }] of list.entries()) setAttribute(nodeAt(index), "aria-description", text ? text.slice(0, 120) : null);
  if (hovered >= list.length) hovered = null;
  if (pinned !== null && pinned >= list.length) pin(null);
}

export function drawLit() {
  const lit = new Set([hovered, pinned]);
  const written = current().reading ? regions.children.length - 1 : -1;
  [...regions.children].forEach((node, index) => {
    node.classList.toggle("lit", lit.has(index));
    node.classList.toggle("written", index === written);
    node.classList.toggle("hit", hits.has(index));
    setAttribute(node, "aria-pressed", String(index === pinned));
  });
  drawNames([...new Set([hovered, pinned, written])]);
  regions.classList.toggle("lighting", hovered !== null || pinned !== null);
  setStop(regions.querySelector('[tabindex="0"]:not(.off)') ?? regions.querySelector(".region:not(.off)"));
  drawPinned();
}

// The legend lights the labels of the named regions.
function drawNames(indices) {
  const shown = indices.filter((index) => nodeAt(index) && !nodeAt(index).classList.contains("off"));
  const { id, regions: list } = current();
  nameRegions(id, shown.map((index) => ({ index, name: nameOf(list[index].label), kind: list[index].kind, box: nodeAt(index).querySelector(".box") })));
  regions.dispatchEvent(new CustomEvent("named", { detail: shown.map((index) => list[index].label) }));
}

document.addEventListener("pl:hits", ({ detail }) => {
  hits = new Set(detail.regions);
  drawLit();
});

// A roving tabindex: one region can be reached with Tab, the others with the arrow keys.
function setStop(node) {
  for (const other of regions.querySelectorAll('[tabindex="0"]')) if (other !== node) setAttribute(other, "tabindex", "-1");
  if (node) setAttribute(node, "tabindex", "0");
}

function drawPinned() {
  const one = current().regions[pinned];
  find(".pinned").hidden = !one;
  if (!one) return;
  setAttribute(find(".pinned"), "class", `pinned kind-${one.kind}`);
  setText(find(".pinned .name"), nameOf(one.label));
  find(".pinned .copy").hidden = !one.text;
  find(".pinned .enlarge").hidden = !one.figure;
}

export function forgetHover() {
  hovered = null;
}

function hover(index) {
  if (index === hovered) return;
  hovered = index;
  drawLit();
  tell(index, "hover");
}

export function pin(index) {
  if (index === pinned) return;
  pinned = index;
  drawLit();
  tell(index, "pin");
}

export function togglePin(index) {
  pin(index === pinned ? null : index);
}

// The smallest region at a point, so that a caption inside a figure can be reached.
function under({ clientX, clientY }) {
  const over = document.elementsFromPoint(clientX, clientY).filter((node) => node.matches(".box") && regions.contains(node));
  const area = (node) => node.width.baseVal.value * node.height.baseVal.value;
  const best = over.sort((a, b) => area(a) - area(b))[0];
  return best ? indexOf(best.parentNode) : null;
}

const bringIntoView = (index) => reveal(nodeAt(index).querySelector(".box"));

sheet.addEventListener("pointermove", (event) => event.pointerType !== "touch" && !wasDragged() && hover(under(event)));
sheet.addEventListener("pointerleave", () => hover(null));
well.addEventListener("click", (event) => {
  if (wasDragged() || sheet.hidden || event.target.closest(".finding")) return;
  const [index, word] = event.detail ? [under(event), wordUnder(event)] : [null, null];
  pin(index === pinned && !isAnother(word) ? null : index);
  pinWord(isAnother(word) ? word : null, "viewer");
});
well.addEventListener("dblclick", (event) => enlarge(under(event)));
// On the sheet: an <svg> with a focus listener would itself be reachable with Tab.
sheet.addEventListener("focusin", ({ target }) => {
  setStop(target);
  if (!target.matches(":focus-visible")) return;
  bringIntoView(indexOf(target));
  hover(indexOf(target));
});
sheet.addEventListener("focusout", () => hover(null));
find(".unpin").addEventListener("click", () => pin(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && pinned !== null && !event.defaultPrevented && !document.querySelector("dialog[open]")) pin(null);
});
document.addEventListener("pl:region", ({ detail: { index, kind, from } }) => {
  if (from !== "text") return;
  const there = Number.isInteger(index) && nodeAt(index) ? index : null;
  if (kind === "pin") pinned = there;
  else hovered = there;
  drawLit();
  if (there !== null) bringIntoView(there);
});

find(".pinned .enlarge").addEventListener("click", () => enlarge(pinned));
find(".pinned .copy").addEventListener("click", async ({ target }) => {
  setText(target, (await writeClipboard(["text/plain"], { "text/plain": current().regions[pinned].text })) ? gettext("Copied") : gettext("Copying is blocked"));
  setTimeout(() => setText(target, gettext("Copy text")), 2000);
});
