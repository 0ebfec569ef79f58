// 100 % is the width of the viewport. Fit page follows the viewport's size; any other zoom is a share of its width.
import { component } from "../base/component.js";
import { setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";

const { find } = component("viewer");
const LEAST = 0.5;
const MOST = 4;
export const STEP = 1.25;
export const well = find(".well");
export const sheet = find(".sheet");
const percent = find(".percent");
let zoom = null; // null: the whole page
let dragged = false;

// Whether the pointer has moved since it was pressed: a drag, not a click.
export const wasDragged = () => dragged;

export const between = (least, most, number) => Math.max(least, Math.min(most, number));
const room = () => {
  const style = getComputedStyle(well);
  return well.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
};
export const scale = () => zoom ?? (room() ? sheet.getBoundingClientRect().width / room() : 1);

export function drawZoom() {
  setText(percent, sheet.hidden ? "" : gettext("{percent} %", { percent: Math.round(100 * scale()) }));
  setAttribute(find(".whole"), "aria-pressed", String(zoom === null));
  setAttribute(find(".width"), "aria-pressed", String(zoom === 1));
  find(".out").disabled = scale() <= LEAST;
  find(".in").disabled = scale() >= MOST;
  const loose = sheet.offsetWidth > well.clientWidth || well.scrollHeight > well.clientHeight;
  well.classList.toggle("loose", loose && !sheet.hidden);
  well.classList.toggle("wide", sheet.offsetWidth > room() + 1);
}

// Zooms around the point (x, y), by default the centre of the visible part.
export function zoomTo(wanted, x, y) {
  const outer = well.getBoundingClientRect();
  const before = sheet.getBoundingClientRect();
  const [atX, atY] = [x ?? outer.left + well.clientWidth / 2, y ?? outer.top + well.clientHeight / 2];
  const [shareX, shareY] = [(atX - before.left) / before.width, (atY - before.top) / before.height];
  zoom = wanted === null ? null : between(LEAST, MOST, wanted);
  sheet.classList.toggle("free", zoom !== null);
  sheet.style.setProperty("--zoom", zoom ?? 1);
  const after = sheet.getBoundingClientRect();
  well.scrollLeft += after.left + shareX * after.width - atX;
  well.scrollTop += after.top + shareY * after.height - atY;
  drawZoom();
}

// Where the view is, for `restoreView`.
export const currentView = () => ({ zoom, left: well.scrollLeft, top: well.scrollTop });

export function restoreView(view) {
  zoomTo(view.zoom);
  well.scrollTo({ left: view.left, top: view.top, behavior: "instant" });
}

// Scrolls to a part of the page, unless all of it is in view.
export function reveal(node) {
  const outer = well.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  const inside = inner.top >= outer.top && inner.bottom <= outer.bottom && inner.left >= outer.left && inner.right <= outer.right;
  if (inside || !inner.width) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const gap = (size, room) => (size < room ? (room - size) / 2 : 16);
  well.scrollBy({
    left: inner.left - outer.left - gap(inner.width, outer.width),
    top: inner.top - outer.top - gap(inner.height, outer.height),
    behavior: calm ? "auto" : "smooth",
  });
}

export const zoomBy = (factor, x, y) => zoomTo(between(LEAST, MOST, scale() * factor), x, y);
find(".in").addEventListener("click", () => zoomBy(STEP));
find(".out").addEventListener("click", () => zoomBy(1 / STEP));
find(".whole").addEventListener("click", () => zoomTo(null));
find(".width").addEventListener("click", () => zoomTo(1));

well.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey || sheet.hidden) return; // a pinch on a trackpad sends this too
    event.preventDefault();
    zoomBy(Math.exp(-between(-60, 60, event.deltaY) / 200), event.clientX, event.clientY);
  },
  { passive: false },
);

// Two fingers zoom and pan; scrolling with one finger is left to the browser.
let pinch = null;
const middle = ([a, b]) => ({ x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2, apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) });
well.addEventListener("touchstart", (event) => (pinch = event.touches.length === 2 ? middle(event.touches) : null), { passive: true });
well.addEventListener("touchend", () => (pinch = null));
well.addEventListener(
  "touchmove",
  (event) => {
    if (!pinch || event.touches.length !== 2 || sheet.hidden) return;
    event.preventDefault();
    const now = middle(event.touches);
    zoomBy(now.apart / pinch.apart, now.x, now.y);
    well.scrollBy(pinch.x - now.x, pinch.y - now.y);
    pinch = now;
  },
  { passive: false },
);

let held = null;
well.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.pointerType !== "touch" && event.button === 0) held = { x: event.clientX, y: event.clientY };
});
well.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [x, y] = [held.x - event.clientX, held.y - event.clientY];
  if (!dragged && Math.hypot(x, y) < 5) return;
  if (!dragged) well.setPointerCapture(event.pointerId);
  dragged = true;
  well.classList.add("dragging");
  well.scrollBy(x, y);
  held = { x: event.clientX, y: event.clientY };
});
for (const end of ["pointerup", "pointercancel"]) {
  well.addEventListener(end, () => {
    held = null;
    well.classList.remove("dragging");
  });
}
new ResizeObserver(drawZoom).observe(well);
