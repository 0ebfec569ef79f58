// What is drawn on the page of its words: those that are lit or found, and the places that its text has otherwise. All of
// it can be reached in the text too, so it is hidden from assistive technology.
import { component } from "../base/component.js";
import { svg } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { boxesOf, litWords, pointAt, wordOnPage } from "../base/page-words.js";
import { blocksOf } from "./line-blocks.js";
import { pointOnImage } from "./viewer-turn.js";
import { reveal, sheet, wasDragged } from "./viewer-zoom.js";

const { find } = component("viewer");
const findings = find(".words .findings");
const hits = find(".words .hits");
const lit = find(".words .lit");

const per = (number) => `${number / 10}%`;
const rect = ([left, top, right, bottom], attributes) => svg("rect", { x: per(left), y: per(top), width: per(right - left), height: per(bottom - top), ...attributes });

// The word under the pointer; null where there is none.
export function wordUnder({ clientX, clientY }) {
  const point = pointOnImage(clientX, clientY);
  return point && wordOnPage(1000 * point[0], 1000 * point[1]);
}

function drawLit({ detail }) {
  lit.replaceChildren(...litWords().flatMap((index) => boxesOf(index).map((box) => rect(box, { rx: 2 }))));
  if (detail?.from === "text" && lit.firstChild) reveal(lit.firstChild);
}
document.addEventListener("pl:word", drawLit);
document.addEventListener("pl:words", drawLit);

document.addEventListener("pl:hits", ({ detail: { words, now } }) => {
  const current = new Set(now);
  const drawn = words.flatMap((index) => boxesOf(index).map((box) => rect(box, { class: current.has(index) ? "now" : null, rx: 1 })));
  hits.replaceChildren(...drawn);
  const first = hits.querySelector(".now");
  if (first) reveal(first);
});

function titleOf({ kind, text }) {
  if (kind === "missing") return gettext("Not in the text");
  if (kind === "unsupported") return gettext("Only the text has this here: {words}", { words: text });
  if (kind === "moved") return gettext("In the text, this stands below what comes after it here.");
  return gettext("The text has: {words}", { words: text });
}

function finding(one, index) {
  const shapes = one.kind === "differs" ? one.boxes.flatMap((box) => [rect(padded(box), BOX), underline(box)]) : blocksOf(one.boxes).map((box) => rect(padded(box), BOX));
  return svg("g", { class: `finding ${one.kind}`, "data-finding": index }, svg("title", {}, titleOf(one)), ...shapes);
}

const BOX = { class: "box", rx: 2 };
const padded = ([left, top, right, bottom]) => [left - 4, top - 2, right + 4, bottom + 2];
const underline = ([left, , right, bottom]) => svg("line", { x1: per(left), x2: per(right), y1: per(bottom), y2: per(bottom) });

document.addEventListener("pl:findings", ({ detail }) => findings.replaceChildren(...detail.findings.map(finding)));
document.addEventListener("pl:finding", ({ detail: { index, from } }) => {
  for (const [at, node] of [...findings.children].entries()) node.classList.toggle("chosen", at === index);
  const box = findings.children[index]?.querySelector(".box");
  if (box && from !== "viewer") reveal(box);
});
findings.addEventListener("click", ({ target }) => {
  const index = Number(target.closest(".finding").dataset.finding);
  if (!wasDragged()) document.dispatchEvent(new CustomEvent("pl:finding", { detail: { index, from: "viewer" } }));
});

let frame = 0;
sheet.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch" || wasDragged() || frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const word = wordUnder(event);
    pointAt(word === null ? [] : [word], "viewer");
  });
});
sheet.addEventListener("pointerleave", () => {
  cancelAnimationFrame(frame);
  frame = 0;
  pointAt([], "viewer");
});
