// The button of one page: its number, its state, and a place for its thumbnail.
import { el, setAttribute, setText, svg } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { isChosen } from "../base/page-choice.js";

const PENCIL = "m4 20 1-5L16 4l4 4L9 19zM14 6l4 4";

// The content of a button is created when it first comes near the view: there may be thousands of buttons.
export function fillButton(node) {
  if (node.firstChild) return;
  node.append(
    el("span", { class: "mini" }, el("span", { class: "paper" }), el("span", { class: "look" }), el("span", { class: "by-hand", hidden: true }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PENCIL }))), el("span", { class: "again" })),
    el("span", { class: "cap" }, el("b", {}, String(node.number)), el("i", { "aria-hidden": "true" }), el("span", { class: "word" })),
  );
  drawThumb(node);
}

export function drawThumb(node) {
  const { state, attempts, places, corrected } = node.page;
  const word = stateOf(node);
  node.leftOut = !isChosen(node.fileKey, node.number);
  const out = node.leftOut ? `, ${gettext("left out")}` : "";
  const again = attempts > 1 ? `, ${gettext("attempt {number}", { number: attempts })}` : "";
  setAttribute(node, "class", node.leftOut ? `thumb state-${state} left-out` : `thumb state-${state}`);
  setAttribute(node, "aria-label", gettext("{name} page {number}: {state}", { name: node.file, number: String(node.number), state: `${word}${again}${out}` }));
  if (!node.firstChild) return;
  const look = places ? `, ${ngettext("{count} place to look at", "{count} places to look at", places)}` : "";
  node.classList.toggle("doubtful", places > 0 && state === "done");
  setAttribute(node, "title", gettext("Page {number}: {state}", { number: String(node.number), state: `${word}${again}${look}${out}` }));
  setText(node.querySelector(".word"), node.leftOut ? gettext("left out") : wordOf(node.page));
  node.querySelector(".by-hand").hidden = !corrected;
  setText(node.querySelector(".look"), places ? String(places) : "");
  setText(node.querySelector(".again"), attempts > 1 ? `↻ ${attempts}` : "");
}

// A page's state in words, and whether its text was corrected.
export const stateOf = ({ page: { word, corrected } }) => (corrected ? `${gettext(word)}, ${gettext("corrected")}` : gettext(word));

function wordOf({ state, word, tokens, places, corrected }) {
  if (places && state === "done") return ngettext("{count} place", "{count} places", places);
  if (corrected && state === "done") return gettext("corrected");
  return tokens ? gettext("{count} tok", { count: tokens }) : gettext(word);
}
