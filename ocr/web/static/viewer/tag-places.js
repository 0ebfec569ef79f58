// Finds a place for a region's name. All in pixels, from one origin.

const GAP_PX = 3; // between the name and the region, whose edge is drawn outside it

export const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

// The first free place near a region, the nearest first: above it, beside it, beside the page, below it, within it.
// `box` and `page` are rectangles, `tag` is a size, `isFree` tells whether the name may stand on a rectangle. Null where none is free.
export function placeFor(box, tag, page, isFree) {
  const { width, height } = tag;
  const [above, below] = [box.top - height - GAP_PX, box.bottom + GAP_PX];
  const corners = [
    [box.left, above],
    [box.right - width, above],
    [box.left - width - 2 * GAP_PX, box.top],
    [box.right + GAP_PX, box.top],
    [page.left - width - 2 * GAP_PX, box.top],
    [page.right + GAP_PX, box.top],
    [box.left, below],
    [box.right - width, below],
    [box.right - width, box.bottom - height],
    [box.right - width, box.top],
    [box.left, box.bottom - height],
    [box.left, box.top],
  ];
  const places = corners.map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }));
  return places.find(isFree) ?? null;
}
