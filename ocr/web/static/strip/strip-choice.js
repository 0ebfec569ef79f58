// Which pages the next run reads, chosen in the page list: Shift and a click or an arrow choose a range, Delete or × leaves a
// page out, and takes it in again.
import { component } from "../base/component.js";
import { el, setAttribute, setText, svg } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { canLeaveOut, chooseOnly, chosenOf, isChosen, leaveOut, takeIn } from "../base/page-choice.js";

const { find } = component("strip");
const strip = find(".strip");
const LEAVE_OUT = "m6 6 12 12M18 6 6 18";
const TAKE_IN = "m12 5v14m-7-7h14";
const sign = svg("path", { d: LEAVE_OUT });
const button = el("button", { type: "button", class: "leave-out step", hidden: true, click: () => toggle(target) }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, sign));
let target = null; // the page's button on which `button` lies
let pointed = null; // the page's button under the pointer

const pageOf = (node) => ({ key: node.fileKey, number: node.number });

// One button serves all pages: it lies on the page that is pointed at, else on the one with the focus, else on the current one.
export function placeButton() {
  const focused = document.activeElement?.closest(".strip .thumb");
  target = [pointed, focused, strip.querySelector(".thumb[aria-current]")].find((node) => node?.isConnected) ?? null;
  const chosen = target && isChosen(target.fileKey, target.number);
  button.hidden = !target || (chosen && !canLeaveOut([pageOf(target)]));
  if (button.hidden) return;
  if (button.parentNode !== strip) strip.append(button);
  const [outer, inner] = [strip.getBoundingClientRect(), target.querySelector(".mini")?.getBoundingClientRect() ?? target.getBoundingClientRect()];
  button.style.left = `${inner.right - outer.left + strip.scrollLeft - strip.clientLeft}px`;
  button.style.top = `${inner.top - outer.top + strip.scrollTop - strip.clientTop}px`;
  const values = { name: target.file, number: String(target.number) };
  setAttribute(sign, "d", chosen ? LEAVE_OUT : TAKE_IN);
  setAttribute(button, "aria-label", chosen ? gettext("Leave out {name} page {number}", values) : gettext("Take in {name} page {number}", values));
  setAttribute(button, "title", chosen ? gettext("Leave this page out of the next run (Delete)") : gettext("Left out · take in (Delete)"));
}

function toggle(node) {
  if (isChosen(node.fileKey, node.number)) leaveOut([pageOf(node)]);
  else takeIn([pageOf(node)]);
}

// Chooses the pages from one to another, in the order of the list, and no others.
export function chooseRange(nodes, from, to) {
  const [first, last] = [nodes.indexOf(from), nodes.indexOf(to)].sort((a, b) => a - b);
  if (first >= 0) chooseOnly(nodes.slice(first, last + 1).map(pageOf));
}

// In a file's head: how many of its pages are left out; a press takes them in.
export function leftOutButton(file) {
  const all = Array.from({ length: file.count }, (_, at) => ({ key: file.key, number: at + 1 }));
  return el("button", { type: "button", class: "all", title: gettext("Read all pages of {name} in the next run", { name: file.name }), hidden: true, click: () => takeIn(all) });
}

export function drawLeftOut(node, file) {
  const count = file.count - chosenOf(file).size;
  node.hidden = !count;
  setText(node, count ? ngettext("{count} left out", "{count} left out", count) : "");
}

// Not "pointerover", which also comes where the list moves under a pointer that rests.
strip.addEventListener("pointermove", ({ target: over, pointerType }) => {
  const node = over.closest(".thumb");
  if (pointerType === "touch" || button.contains(over) || node === pointed) return;
  pointed = node;
  placeButton();
});
strip.addEventListener("pointerleave", () => {
  pointed = null;
  placeButton();
});
strip.addEventListener("focusin", placeButton);
strip.addEventListener("keydown", (event) => {
  const node = event.target.closest(".thumb");
  pointed = null; // until the pointer moves again
  if (!node || !["Delete", "Backspace"].includes(event.key)) return placeButton();
  event.preventDefault();
  toggle(node);
});
