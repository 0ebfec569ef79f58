// Paragraphs of page text. Their HTML was sanitised by the server (ocr/html). A paragraph that has not changed is left
// alone, so that nothing flickers, selections stay and images are not fetched again.
import { build, el, setAttribute } from "./dom.js";
import { gettext } from "./language.js";

const html = new WeakMap(); // paragraph → the HTML it was made from

// The HTML that a paragraph was made from.
export const sourceOf = (paragraph) => html.get(paragraph);

// Has a paragraph drawn anew the next time, since its nodes have been replaced.
export const forgetSource = (paragraph) => html.delete(paragraph);

// The regions that a paragraph was read from, by their index on its page.
export const regionsOf = (paragraph) => (paragraph?.dataset.regions ?? "").split(" ").filter(Boolean).map(Number);

// Makes wide content scrollable by keyboard. Everything is measured before anything is changed, for a single reflow.
export function makeReachable(nodes) {
  const wide = nodes.flatMap((node) => [...node.querySelectorAll("table, pre, math[display=block]")]);
  const over = wide.map((part) => part.scrollWidth > part.clientWidth);
  for (const [index, part] of wide.entries()) setAttribute(part, "tabindex", over[index] ? "0" : null);
}

// Text is measured when it comes into view: to measure it where it is drawn would have the browser lay out every page of a long
// document at once, also those that it leaves out for the time being (content-visibility).
const unmeasured = new WeakMap(); // an observed element → the set of paragraphs in it that are new
const inView = new IntersectionObserver((entries) => {
  const targets = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target);
  for (const target of targets) inView.unobserve(target);
  makeReachable(targets.flatMap((target) => [...unmeasured.get(target)]));
  for (const target of targets) unmeasured.delete(target);
});

function measureLater(parent, paragraphs) {
  const target = parent.closest("section") ?? parent;
  const there = [...(unmeasured.get(target) ?? [])].filter((node) => node.isConnected);
  unmeasured.set(target, new Set([...there, ...paragraphs]));
  inView.unobserve(target); // observed anew, it is told of also where it is in view already
  inView.observe(target);
}

// A figure opens in full size, by click or keyboard; see viewer-large.js.
function makeFigures(nodes) {
  for (const image of nodes.flatMap((node) => [...node.querySelectorAll("img")])) {
    build(image, { role: "button", tabindex: 0, title: gettext("Open large"), "aria-label": image.alt ? gettext("Open large: {name}", { name: image.alt }) : gettext("Open large") }, []);
  }
}

function openLarge(event) {
  if (!event.target.matches(".paragraph img") || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  const { src, alt } = event.target;
  document.dispatchEvent(new CustomEvent("pl:large", { detail: { src, alt } }));
}

export function openFiguresOf(element) {
  element.addEventListener("click", openLarge);
  element.addEventListener("keydown", openLarge);
}

// Returns whether anything has changed.
export function drawParagraphs(parent, paragraphs) {
  while (parent.children.length > paragraphs.length) parent.lastElementChild.remove();
  while (parent.children.length < paragraphs.length) parent.append(el("div", { class: "paragraph", lang: "" }));
  const changed = paragraphs.flatMap(({ regions, html: source }, index) => {
    const node = parent.children[index];
    setAttribute(node, "data-regions", regions.length ? regions.join(" ") : null);
    if (html.get(node) === source) return [];
    html.set(node, source);
    node.innerHTML = source;
    return [node];
  });
  if (changed.length) measureLater(parent, changed);
  makeFigures(changed);
  if (changed.length) document.dispatchEvent(new CustomEvent("pl:text"));
  return changed.length > 0;
}
