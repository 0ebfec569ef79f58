// The document as one text; more pages are loaded when its end comes into view.
import { component } from "../base/component.js";
import { el, reconcile, setText } from "../base/dom.js";
import { drawParagraphs, openFiguresOf } from "../base/paragraphs.js";

const { element, trigger, find, current, onValue } = component("document-text");
const text = find(".document-text");
openFiguresOf(element);
const end = el("p", { class: "document-end" }, "…");
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && current().more) trigger("more");
}).observe(end);

function drawPage(node, page) {
  setText(node.querySelector("h2"), [page.title, page.note].filter(Boolean).join(" · "));
  drawParagraphs(node.querySelector(".pages"), page.paragraphs);
}

onValue(() => {
  const { pages, more } = current();
  const section = () => el("section", {}, el("h2", {}), el("div", { class: "pages" }));
  end.remove();
  reconcile(text, pages, (page) => page.page, section, drawPage);
  if (more) text.append(end);
});
