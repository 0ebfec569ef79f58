// The names of the regions, written at their boxes: where they cover no other region's words. One that finds no such
// place is shown only while its region is lit; the legend and the pinned region's bar say it too.

const TAG = 11; // pixels of a tag's height; it stays the same however large the page is shown
const LETTER = 5.42;

function tagOf(name) {
  const width = LETTER * name.length + 6;
  const node = svg("svg", { class: "tag", overflow: "visible" }, svg("rect", { width, height: TAG, rx: 2 }), svg("text", { x: 3, y: 8 }, name));
  return Object.assign(node, { wide: width });
}

const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;

function placeTags() {
  const { width, height } = regions.getBoundingClientRect();
  if (!width) return;
  const boxes = current().regions.map(({ box: [left, top, right, bottom] }) => ({ left: (left * width) / 1000, top: (top * height) / 1000, right: (right * width) / 1000, bottom: (bottom * height) / 1000 }));
  const taken = [];
  for (const [index, node] of [...regions.children].entries()) {
    const tag = node.querySelector(".tag");
    const { left, top, right, bottom } = boxes[index];
    const at = (x, y) => ({ left: x, top: y, right: x + tag.wide, bottom: y + TAG });
    const places = [at(left, top - TAG), at(right - tag.wide, top - TAG), at(left - tag.wide, top), at(right, top), at(left, bottom)];
    const within = (place) => place.left >= 0 && place.top >= 0 && place.right <= width && place.bottom <= height;
    const free = places.find((place) => within(place) && [...boxes, ...taken].every((other) => other === boxes[index] || apart(place, other)));
    const place = free ?? at(left, top >= TAG ? top - TAG : top);
    setAttribute(tag, "x", String(place.left));
    setAttribute(tag, "y", String(place.top));
    tag.classList.toggle("crowded", !free);
    if (free && !node.classList.contains("kind-text")) taken.push(free);
  }
}
new ResizeObserver(placeTags).observe(sheet);
