// Paragraphs of page text, for the parts that show some. Their HTML was made safe by the server (ocr/html); one that
// has not changed is left as it stands, so that nothing flickers, selections stay and images are not fetched again.
import { build, el, setAttribute } from "./dom.js";
import { gettext } from "./language.js";

const html = new WeakMap(); // paragraph → the HTML it was made from

// What is wider than the paper can be scrolled with the keys. All is measured first, then changed: one layout is enough.
export function makeReachable(nodes) {
  const wide = nodes.flatMap((node) => [...node.querySelectorAll("table, pre, math[display=block]")]);
  const over = wide.map((part) => part.scrollWidth > part.clientWidth);
  for (const [index, part] of wide.entries()) setAttribute(part, "tabindex", over[index] ? "0" : null);
}

// A figure opens large, by a click or by the keys; see viewer-large.js.
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
  makeReachable(changed);
  makeFigures(changed);
  if (changed.length) document.dispatchEvent(new CustomEvent("pl:text"));
}
