// Words of the text: the one under the pointer and those selected are lit on the page, those lit there are lit here.
import { component } from "../base/component.js";
import { highlight } from "../base/highlight.js";
import { litWords, pinWord, pointAt, rangeOf, wordInText, wordsIn } from "../base/page-words.js";

const { find } = component("text");
export const text = find(".page-text");
export const scroller = () => text.closest(".tab-panel") ?? text;
const MAX_SELECTED_WORDS = 2_000;

const MARGIN_PX = 24;

// Scrolls the text, and not the window, by as little as shows a place in it.
export function reveal(place) {
  const [inner, outer] = [place.getBoundingClientRect(), scroller().getBoundingClientRect()];
  const [above, below] = [inner.top - outer.top - MARGIN_PX, inner.bottom - outer.bottom + MARGIN_PX];
  if (!outer.height || (inner.top >= outer.top && inner.bottom <= outer.bottom)) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroller().scrollBy({ top: inner.top < outer.top ? above : Math.min(above, below), behavior: calm ? "auto" : "smooth" });
}

// Scrolls all that it stands in.
export function bringIntoView(node) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function light({ detail }) {
  const ranges = litWords().map(rangeOf).filter(Boolean);
  highlight("pl-word", ranges);
  if (detail?.from === "viewer" && ranges.length) reveal(ranges[0]);
}
document.addEventListener("pl:word", light);
document.addEventListener("pl:words", light);
document.addEventListener("pl:text", light);

const selected = () => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(text) ? selection.getRangeAt(0) : null;
};
let frame = 0;
text.addEventListener("pointermove", ({ pointerType, clientX, clientY }) => {
  if (pointerType === "touch" || frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    if (selected()) return;
    const word = wordInText(clientX, clientY);
    pointAt(word === null ? [] : [word], "text");
  });
});
text.addEventListener("pointerleave", () => {
  cancelAnimationFrame(frame);
  frame = 0;
  if (!selected()) pointAt([], "text");
});
// Selecting is the way of touch screens and of keyboards, which have the caret of the browser for it.
let hadSelection = false;
document.addEventListener("selectionchange", () => {
  const range = selected();
  if (range || hadSelection) pointAt(range ? wordsIn(range).slice(0, MAX_SELECTED_WORDS) : [], "text");
  hadSelection = Boolean(range);
});
document.addEventListener("keydown", ({ key }) => key === "Escape" && pinWord(null, "text"));
document.addEventListener("pl:region", ({ detail: { kind, index } }) => kind === "pin" && index === null && pinWord(null, "text"));
