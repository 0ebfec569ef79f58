// The names of regions on the page: of those that are pointed at, pinned, or being written. A name never lies on ink; one
// that finds no place is told by the legend alone. Looking for ink takes longer than drawing a page's first text, so names
// get their places after the paint.
import { afterPaint } from "../base/after-paint.js";
import { component } from "../base/component.js";
import { el, reconcile } from "../base/dom.js";
import { hasInk } from "./page-ink.js";
import { apart, placeFor } from "./tag-places.js";
import { pointOnImage } from "./viewer-turn.js";
import { sheet, well } from "./viewer-zoom.js";

const { find } = component("viewer");
const tags = find(".tags");
const image = find(".sheet img");
let named = []; // {index, name, kind, box: the element that outlines the region}

// Names these regions of a page, and no others.
export function nameRegions(page, regions) {
  named = regions;
  const key = ({ index, name, kind }) => JSON.stringify([page, index, name, kind]);
  const make = ({ name, kind }) => el("span", { class: `tag kind-${kind} nowhere` }, name);
  reconcile(tags, named, key, make, () => {});
  placeSoon();
}

const placeSoon = afterPaint(() => {
  if (!named.length || sheet.classList.contains("coming")) return; // the ink is that of the page before
  const page = sheet.getBoundingClientRect();
  const outer = well.getBoundingClientRect();
  const seen = { left: outer.left, top: outer.top, right: outer.left + well.clientWidth, bottom: outer.top + well.clientHeight };
  const taken = [];
  for (const [at, { box }] of named.entries()) {
    const tag = tags.children[at];
    const within = (place) => place.left >= seen.left && place.top >= seen.top && place.right <= seen.right && place.bottom <= seen.bottom;
    const isFree = (place) => within(place) && taken.every((other) => apart(place, other)) && !inked(place, page);
    const place = placeFor(box.getBoundingClientRect(), { width: tag.offsetWidth, height: tag.offsetHeight }, page, isFree);
    tag.classList.toggle("nowhere", !place);
    if (!place) continue;
    taken.push(place);
    tag.style.translate = `${place.left - page.left}px ${place.top - page.top}px`;
  }
});

function inked(place, page) {
  if (apart(place, page)) return false;
  const [x, y] = pointOnImage(place.left, place.top);
  const [toX, toY] = pointOnImage(place.right, place.bottom);
  return hasInk(image, { left: Math.min(x, toX), top: Math.min(y, toY), right: Math.max(x, toX), bottom: Math.max(y, toY) });
}

for (const ended of ["load", "error"]) image.addEventListener(ended, placeSoon);
well.addEventListener("scroll", placeSoon, { passive: true });
new ResizeObserver(placeSoon).observe(sheet);
