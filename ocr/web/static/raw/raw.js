// The raw text of the model, drawn while its tab is open. Text is only appended; when the page is complete, its parts are
// linked to the regions.
import { component } from "../base/component.js";
import { el } from "../base/dom.js";
import { addPanel } from "../base/tab-panels.js";
import { regionStarts } from "./markers.js";

const { element, find, current, onValue } = component("raw");
const raw = find(".raw");
const panel = addPanel("raw", element, () => {
  draw();
  if (pinned !== null) reveal(pinned);
});
let lit = null;
let pinned = null;
let parted = "";

function parts(text) {
  const marks = regionStarts(text);
  const ends = [...marks.slice(1), text.length];
  const head = marks[0] ? [el("span", {}, text.slice(0, marks[0]))] : [];
  return [...head, ...marks.map((begin, index) => el("span", { "data-region": index }, text.slice(begin, ends[index])))];
}

function light() {
  for (const part of raw.querySelectorAll("[data-region]")) part.classList.toggle("lit", [lit, pinned].includes(Number(part.dataset.region)));
}

function draw() {
  if (panel.hidden) return;
  const { text, reading } = current();
  if (!reading && text) {
    if (parted !== text) raw.replaceChildren(...parts(text));
    parted = text;
    light();
    return;
  }
  const only = raw.firstChild?.nodeType === Node.TEXT_NODE && !parted ? raw.firstChild : null;
  if (only && text.startsWith(only.data)) only.appendData(text.slice(only.data.length));
  else raw.replaceChildren(text);
  parted = "";
}

const reveal = (index) => raw.querySelector(`[data-region="${index}"]`)?.scrollIntoView({ block: "nearest" });

document.addEventListener("pl:region", ({ detail }) => {
  const { index, kind, from } = detail;
  if (kind === "pin") pinned = index;
  else lit = index;
  light();
  if (from === "raw" || index === null) return;
  reveal(index);
});
raw.addEventListener("pointerover", ({ target }) => {
  const region = target.dataset?.region;
  const index = region === undefined ? null : Number(region);
  if (index !== lit) document.dispatchEvent(new CustomEvent("pl:region", { detail: { index, kind: "hover", from: "raw" } }));
});

onValue(draw);
