// The document's text and the page that is shown keep together: scrolling the text turns the page, another page scrolls the text,
// and a click on a paragraph lights its region. The padlock unties them. Sections are known by their page's name (dataset.key).
import { component } from "../base/component.js";
import { setAttribute } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { regionsOf } from "../base/paragraphs.js";

const { trigger, find, current } = component("document-text");
export const text = find(".document-text");
const tie = find(".tie");
const scroller = () => text.closest(".tab-panel") ?? text;
const INTENT_MS = 1500; // after a wheel, a key or a finger, scrolling is the reader's
const REST_MS = 150;
const MARGIN_PX = 24; // a match nearer to an end of the view is not quite in it
let viewed = ""; // the page that the viewer shows
let shown = ""; // the one that the text was last brought to
let intended = 0; // when the reader moved something last
let rest = 0;
const own = []; // the pages that were chosen here and not yet answered: the text is there already
let wasTied = true;
let aim = ""; // the page to which the text is to be scrolled
let hit = null; // {page, range}: the current match of the search, which `aim` is for where its page has one
let heading = null; // {page, paragraph}: the same of a heading that was chosen in the outline, rather than the match
let wanted = null; // {page, index}: a region to light once its page is shown

const sectionOf = (page) => [...text.children].find((node) => node.dataset.key === page);
const scrolls = () => scroller().scrollHeight > scroller().clientHeight + 1;

// Scrolls the text to the page that is shown, unless its reader has scrolled there.
export function followPage() {
  const { tied, pages } = current();
  drawTie();
  if (own.includes(viewed)) own.splice(0, own.indexOf(viewed) + 1);
  else if (viewed !== shown || tied !== wasTied) {
    own.length = 0;
    aim = tied ? viewed : "";
  }
  shown = pages.length ? viewed : "";
  wasTied = tied;
  alignSoon();
}

// Once all components have taken their values: each look at places would have the browser lay out anew.
let aligning = false;
function alignSoon() {
  if (aligning) return;
  aligning = true;
  requestAnimationFrame(() => {
    aligning = false;
    align();
  });
}

// Sections have their height only once they are drawn, so this is repeated until the reader moves the text.
function align() {
  const section = aim && sectionOf(aim);
  if (!section || !scrolls()) return;
  const outer = scroller().getBoundingClientRect();
  const title = heading?.page === aim ? section.querySelectorAll(".paragraph")[heading.paragraph] : null;
  const match = hit?.page === aim && hit.range?.startContainer.isConnected ? hit.range.getBoundingClientRect() : null;
  const top = title ? title.getBoundingClientRect().top : section.getBoundingClientRect().top + section.clientTop; // below the line that parts pages
  const off = match && !title ? distance(match, outer) : top - outer.top;
  if (Math.abs(off) > 1) scroller().scrollTop += off;
}
new ResizeObserver(align).observe(text);

// How far to scroll to a match; not at all where it is in view.
function distance(match, outer) {
  const inView = match.top >= outer.top + MARGIN_PX && match.bottom <= outer.bottom - MARGIN_PX;
  return inView ? 0 : match.top - outer.top - outer.height / 3;
}

document.addEventListener("pl:hit", ({ detail: { page, range, wanted } }) => {
  hit = { page, range };
  if (wanted) heading = null;
  if (wanted && range && current().tied) aim = page;
  alignSoon();
});
document.addEventListener("pl:heading", ({ detail }) => {
  heading = detail;
  if (current().tied && detail.page === viewed) aim = viewed;
  alignSoon();
});

function drawTie() {
  const { tied } = current();
  setAttribute(tie, "aria-pressed", String(tied));
  setAttribute(tie, "title", tied ? gettext("Scrolling turns the page. Press to untie the text from the page.") : gettext("The text scrolls by itself. Press to tie it to the page."));
}
tie.addEventListener("click", () => trigger("tie", { tied: !current().tied }));

// The page of the section at the upper third of the text; the last one where the text ends.
function pageInView() {
  const { top, height } = scroller().getBoundingClientRect();
  const sections = [...text.querySelectorAll(":scope > section")];
  const atEnd = !current().more && scroller().scrollTop + scroller().clientHeight >= scroller().scrollHeight - 2;
  if (atEnd) return sections.at(-1)?.dataset.key;
  return (sections.findLast((one) => one.getBoundingClientRect().top <= top + height / 3) ?? sections[0])?.dataset.key;
}

function turn() {
  const page = pageInView();
  if (aim || !current().tied || !page || page === (own.at(-1) ?? viewed)) return;
  own.push(page);
  trigger("chosen", { page });
}

function intend({ target }) {
  if (!text.offsetParent || !scroller().contains(target)) return;
  intended = performance.now();
  aim = "";
}
for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) document.addEventListener(kind, intend, { capture: true, passive: true });
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (aim || target !== scroller() || !text.offsetParent || performance.now() - intended > INTENT_MS) return;
    clearTimeout(rest);
    rest = setTimeout(turn, REST_MS);
  },
  true,
);

const tell = (kind, index) => document.dispatchEvent(new CustomEvent("pl:region", { detail: { index, kind, from: "text" } }));
const regionOf = (paragraph) => regionsOf(paragraph)[0] ?? null;
const pageOf = (node) => node.closest("section")?.dataset.key;

text.addEventListener("click", ({ target }) => {
  const index = regionOf(target.closest(".paragraph"));
  if (index === null || getSelection().toString() || target.closest("a, img")) return;
  const page = pageOf(target);
  if (page === viewed) return tell("pin", index);
  wanted = { page, index };
  own.push(page);
  trigger("chosen", { page });
});
text.addEventListener("pointerover", ({ target }) => pageOf(target) === viewed && tell("hover", regionOf(target.closest(".paragraph"))));
text.addEventListener("pointerleave", () => tell("hover", null));
document.addEventListener("pl:page", ({ detail: { page } }) => {
  viewed = page;
  if (heading?.page !== page) heading = null; // only now: a heading of the next page may be chosen before that is shown
  followPage();
  if (wanted?.page !== page) return;
  tell("pin", wanted.index);
  wanted = null;
});
document.addEventListener("pl:region", ({ detail: { index, kind, from } }) => {
  const name = kind === "pin" ? "pinned" : "lit";
  for (const node of text.querySelectorAll(`.paragraph.${name}`)) node.classList.remove(name);
  if (!Number.isInteger(index)) return;
  const own = [...(sectionOf(viewed)?.querySelectorAll(".paragraph") ?? [])];
  const node = own.find((one) => regionsOf(one).includes(index));
  node?.classList.add(name);
  if (node && kind === "pin" && from === "viewer" && text.offsetParent && current().tied) node.scrollIntoView({ block: "nearest" });
});
