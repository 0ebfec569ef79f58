// The document as one text; more pages are loaded when one of its ends comes into view.
import { afterPaint } from "../base/after-paint.js";
import { component } from "../base/component.js";
import { el, reconcile, setText } from "../base/dom.js";
import { drawParagraphs, openFiguresOf } from "../base/paragraphs.js";
import { addPanel } from "../base/tab-panels.js";
import { followPage, text } from "./document-tie.js";

const { element, trigger, current, onValue } = component("document-text");
addPanel("document-text", element);
openFiguresOf(element);
const start = el("p", { class: "document-end" }, "…");
const end = el("p", { class: "document-end" }, "…");
const ends = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) trigger("more", { more: target === start ? "before" : "after" });
  }
});

function drawPage(node, page) {
  setText(node.querySelector("h2"), [page.title, page.note].filter(Boolean).join(" · "));
  drawParagraphs(node.querySelector(".pages"), page.paragraphs);
}

let drawn = ""; // the pages at both ends, once they are drawn with all their text
const endsOf = (pages) => `${pages[0]?.page} ${pages.at(-1)?.page}`;

function draw() {
  const { pages, before, more } = current();
  const section = () => el("section", {}, el("h2", {}), el("div", { class: "pages" }));
  start.remove();
  end.remove();
  reconcile(text, pages, (page) => page.page, section, drawPage);
  if (before) text.prepend(start);
  if (more) text.append(end);
  followPage();
  const whole = pages.every(({ late }) => !late); // until then an end may be in view that is not, once the text is there
  if (whole && endsOf(pages) === drawn) return;
  ends.disconnect(); // observed anew, an end that is still in view is told again
  drawn = whole ? endsOf(pages) : "";
  if (!whole) return;
  ends.observe(start);
  ends.observe(end);
}

// Other pages are drawn once the browser has painted the rest, above all the page that was asked for; a text that grows is drawn
// with the rest, since each frame costs.
const drawLater = afterPaint(draw);
onValue(() => {
  document.dispatchEvent(new Event("pl:document-pages"));
  if (endsOf(current().pages) === drawn) draw();
  else drawLater();
});
