// Finds a place for a region's label that covers no other region and no other label. All in pixels of the page.

const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;

// `box` is the region's box, `tag` and `page` are sizes, `others` may not be covered. If no place is free, the label is
// placed above the region, or inside it at the top of the page.
export function placeFor(box, tag, page, others) {
  const at = (left, top) => ({ left, top, right: left + tag.width, bottom: top + tag.height });
  const above = box.top - tag.height;
  const places = [at(box.left, above), at(box.right - tag.width, above), at(box.left - tag.width, box.top), at(box.right, box.top), at(box.left, box.bottom)];
  const within = (place) => place.left >= 0 && place.top >= 0 && place.right <= page.width && place.bottom <= page.height;
  const free = places.find((place) => within(place) && others.every((other) => apart(place, other)));
  return { place: free ?? at(box.left, above >= 0 ? above : box.top), free: Boolean(free) };
}
