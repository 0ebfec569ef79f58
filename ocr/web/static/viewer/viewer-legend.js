// The legend: labels on the page with counts and colours; each toggles its regions, on the following pages too, and outlines
// them while it is pointed at.
import { component } from "../base/component.js";
import { el, reconcile, setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { nameOf } from "./label-names.js";
import { drawLit, nodeAt, regions } from "./viewer-regions.js";
import { sheet } from "./viewer-zoom.js";

const { find, current } = component("viewer");
const hidden = new Set();
const labels = find(".labels");
let pointed = null; // the label that is pointed at

function chip({ label, kind }) {
  const toggle = () => {
    if (!hidden.delete(label)) hidden.add(label);
    drawLegend();
  };
  const point = () => outline(label);
  const leave = () => outline(null);
  const events = { click: toggle, pointerenter: point, pointerleave: leave, focus: point, blur: leave };
  return el("button", { type: "button", class: `label kind-${kind}`, ...events }, el("i", { "aria-hidden": "true" }), el("span", {}, nameOf(label)), el("b", {}));
}

function outline(label) {
  pointed = label;
  for (const [index, one] of current().regions.entries()) nodeAt(index)?.classList.toggle("outlined", one.label === pointed);
}

let before = null; // where the row stood before a name moved it

// The labels of the regions that are named on the page are lit, and the first of them is in view; then the row goes back.
regions.addEventListener("named", ({ detail }) => {
  for (const chip of labels.children) chip.classList.toggle("lit", detail.includes(chip.dataset.key));
  const first = labels.querySelector(".lit");
  if (!first) {
    if (before !== null) labels.scrollLeft = before;
    before = null;
    return;
  }
  const [outer, inner] = [labels.getBoundingClientRect(), first.getBoundingClientRect()];
  if (inner.left >= outer.left && inner.right <= outer.right) return;
  before ??= labels.scrollLeft;
  labels.scrollLeft += inner.left - outer.left - 24;
});

function drawChip(node, { label, count }) {
  const visible = !hidden.has(label);
  const name = nameOf(label);
  setAttribute(node, "aria-pressed", String(visible));
  setAttribute(node, "aria-label", `${name}, ${count}`);
  setAttribute(node, "title", visible ? gettext("Hide {name}", { name }) : gettext("Show {name}", { name }));
  setText(node.querySelector("b"), String(count));
}

export function drawLegend() {
  const { regions: list, ended, id } = current();
  const counts = new Map();
  for (const { label, kind } of list) counts.set(label, { label, kind, count: (counts.get(label)?.count ?? 0) + 1 });
  reconcile(labels, [...counts.values()], (one) => one.label, chip, drawChip);
  for (const [index, { label }] of list.entries()) nodeAt(index)?.classList.toggle("off", hidden.has(label));
  outline(pointed);
  drawLit();
  setText(find(".none"), id && ended && !list.length ? gettext("No regions on this page") : "");
}

// If the labels do not fit, the row scrolls and fades at its ends.
export function fadeLegend() {
  labels.classList.toggle("less", labels.scrollLeft > 1);
  labels.classList.toggle("more", labels.scrollWidth - labels.clientWidth - labels.scrollLeft > 1);
}
labels.addEventListener("scroll", fadeLegend, { passive: true });
new ResizeObserver(fadeLegend).observe(labels);
find(".switch input").addEventListener("change", ({ target }) => sheet.classList.toggle("bare", !target.checked));
