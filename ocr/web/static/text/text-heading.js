// Scrolls the page's text to the heading that was chosen in the outline, until its reader moves it or another page is shown.
import { component } from "../base/component.js";
import { scroller, text } from "./text-words.js";

const { current } = component("text");
const MARGIN_PX = 8;
let wanted = null; // {page, paragraph}
let shown = "";

// `page` is the one whose text has been drawn; nothing is done while the text is out of sight, as on small screens.
export function toHeading(page) {
  if (wanted && page !== wanted.page && page !== shown) wanted = null;
  shown = page;
  const node = wanted?.page === page && !scroller().hidden ? text.querySelectorAll(":scope > .paragraph")[wanted.paragraph] : null;
  if (!node || !text.offsetParent) return;
  const off = node.getBoundingClientRect().top - scroller().getBoundingClientRect().top - MARGIN_PX;
  if (Math.abs(off) > 1) scroller().scrollTop += off;
}

document.addEventListener("pl:heading", ({ detail }) => {
  wanted = detail;
  toHeading(current().page);
});

function moved({ target }) {
  if (scroller().contains(target)) wanted = null;
}
for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) document.addEventListener(kind, moved, { capture: true, passive: true });

// A match that was asked for takes the text along; where the page is another, the heading stays what was asked for.
const again = () => toHeading(current().page);
document.addEventListener("pl:hit", ({ detail }) => {
  if (detail.wanted) wanted = null;
  requestAnimationFrame(again);
});
new ResizeObserver(again).observe(text);
