// A page's text, paragraph by paragraph. The HTML was made safe by the server (ocr/render); a paragraph that has not
// changed is left as it stands, so that nothing flickers, selections stay and images are not fetched again.
const text = find(".page-text");
const shown = { page: "", lit: null, pinned: null };
const html = new WeakMap(); // paragraph → the HTML it was made from

const scroller = () => text.closest(".tabitem") ?? text;
const nearEnd = ({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight >= scrollHeight - 48;
let follows = true; // the end, until the reader scrolls away from it; back at the end it follows again

// Whether the paragraph is another than before.
function drawParagraph(node, { regions: mine, html: source }) {
  setAttribute(node, "data-regions", mine.length ? mine.join(" ") : null);
  if (html.get(node) === source) return false;
  html.set(node, source);
  node.innerHTML = source;
  return true;
}

// What is wider than the paper can be scrolled with the keys. All is measured first, then changed: one layout is enough.
function makeReachable(nodes) {
  const wide = [...nodes].flatMap((node) => [...node.querySelectorAll("table, pre, math[display=block]")]);
  const over = wide.map((part) => part.scrollWidth > part.clientWidth);
  wide.forEach((part, index) => setAttribute(part, "tabindex", over[index] ? "0" : null));
}

function draw() {
  const { page, paragraphs, reading } = current();
  const other = page !== shown.page;
  if (other) {
    Object.assign(shown, { page, lit: null, pinned: null });
    text.replaceChildren();
    follows = true;
  }
  while (text.children.length > paragraphs.length) text.lastElementChild.remove();
  while (text.children.length < paragraphs.length) text.append(el("div", { class: "paragraph" }));
  const children = [...text.children];
  const changed = children.filter((node, index) => drawParagraph(node, paragraphs[index]));
  makeReachable(changed);
  light();
  document.dispatchEvent(new CustomEvent("pl:text"));
  if (other && !reading) scroller().scrollTop = 0;
  else if (reading && follows) scroller().scrollTop = scroller().scrollHeight;
}

const regionsOf = (node) => (node?.dataset.regions ?? "").split(" ").filter(Boolean).map(Number);

function light() {
  for (const node of text.children) {
    const mine = regionsOf(node);
    node.classList.toggle("lit", shown.lit !== null && mine.includes(shown.lit));
    node.classList.toggle("pinned", shown.pinned !== null && mine.includes(shown.pinned));
  }
}

function tell(kind, index) {
  document.dispatchEvent(new CustomEvent("pl:region", { detail: { index, kind, from: "text" } }));
}

function lightUp({ index, kind, from }) {
  if (kind === "pin") shown.pinned = index;
  else shown.lit = index;
  light();
  if (index === null || from === "text") return;
  const node = [...text.children].find((one) => regionsOf(one).includes(index));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

document.addEventListener("pl:region", ({ detail }) => lightUp(detail));
text.addEventListener("pointerover", ({ target }) => {
  const [index = null] = regionsOf(target.closest(".paragraph"));
  if (index !== shown.lit) tell("hover", index);
});
text.addEventListener("pointerleave", () => tell("hover", null));
text.addEventListener("click", ({ target }) => {
  if (getSelection().toString() || target.closest("a")) return; // a selection or a link is meant, not the paragraph
  const [index = null] = regionsOf(target.closest(".paragraph"));
  tell("pin", index === shown.pinned ? null : index);
});
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target === scroller()) follows = nearEnd(target);
  },
  true,
);

let width = 0;
new ResizeObserver(([{ contentRect }]) => {
  if (contentRect.width === width) return;
  width = contentRect.width;
  makeReachable(text.children);
}).observe(text);

onValue(draw);
