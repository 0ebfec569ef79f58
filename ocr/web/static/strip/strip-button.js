// The button of one page: its number, its state, and a place for its thumbnail.
import { el, setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";

// The content of a button is created when it first comes near the view: there may be thousands of buttons.
export function fillButton(node) {
  if (node.firstChild) return;
  node.append(
    el("span", { class: "mini" }, el("span", { class: "paper" }), el("span", { class: "again" })),
    el("span", { class: "cap" }, el("b", {}, String(node.number)), el("i", { "aria-hidden": "true" }), el("span", { class: "word" })),
  );
  drawThumb(node);
}

export function drawThumb(node) {
  const { state, tokens, attempts } = node.page;
  const word = gettext(node.page.word);
  const again = attempts > 1 ? `, ${gettext("attempt {number}", { number: attempts })}` : "";
  setAttribute(node, "class", `thumb state-${state}`);
  setAttribute(node, "aria-label", gettext("{name} page {number}: {state}", { name: node.file, number: String(node.number), state: `${word}${again}` }));
  if (!node.firstChild) return;
  setAttribute(node, "title", gettext("Page {number}: {state}", { number: String(node.number), state: `${word}${again}` }));
  setText(node.querySelector(".word"), tokens ? gettext("{count} tok", { count: tokens }) : word);
  setText(node.querySelector(".again"), attempts > 1 ? `↻ ${attempts}` : "");
}
