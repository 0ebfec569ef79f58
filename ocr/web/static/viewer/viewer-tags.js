// Labels of the regions, placed where they cover no other region. One without a free place is shown only while its
// region is highlighted.
import { component } from "../base/component.js";
import { setAttribute, svg } from "../base/dom.js";
import { placeFor } from "./tag-places.js";
import { sheet } from "./viewer-zoom.js";

const { find, current } = component("viewer");
const regions = find(".regions");
const TAG_HEIGHT_PX = 11; // independent of the zoom
const LETTER = 5.42;

export function tagOf(name) {
  const width = LETTER * name.length + 6;
  const node = svg("svg", { class: "tag", overflow: "visible" }, svg("rect", { width, height: TAG_HEIGHT_PX, rx: 2 }), svg("text", { x: 3, y: 8 }, name));
  return Object.assign(node, { wide: width });
}

export function placeTags() {
  const { width, height } = regions.getBoundingClientRect();
  if (!width) return;
  const boxes = current().regions.map(({ box: [left, top, right, bottom] }) => ({ left: (left * width) / 1000, top: (top * height) / 1000, right: (right * width) / 1000, bottom: (bottom * height) / 1000 }));
  const taken = [];
  for (const [index, node] of [...regions.children].entries()) {
    const tag = node.querySelector(".tag");
    const others = [...boxes.filter((box) => box !== boxes[index]), ...taken];
    const { place, free } = placeFor(boxes[index], { width: tag.wide, height: TAG_HEIGHT_PX }, { width, height }, others);
    setAttribute(tag, "x", String(place.left));
    setAttribute(tag, "y", String(place.top));
    tag.classList.toggle("crowded", !free);
    if (free && !node.classList.contains("kind-text")) taken.push(place);
  }
}
new ResizeObserver(placeTags).observe(sheet);
