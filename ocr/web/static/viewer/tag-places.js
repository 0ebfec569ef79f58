// Where a region's name can stand, so that it covers no other region and no other name. All in pixels of the page.

const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;

// `box` is the region's, `tag` and `page` are sizes, `others` what may not be covered. Where nothing is free the name
// stands over the region, or within it at the page's top.
export function placeFor(box, tag, page, others) {
  const at = (left, top) => ({ left, top, right: left + tag.width, bottom: top + tag.height });
  const above = box.top - tag.height;
  const places = [at(box.left, above), at(box.right - tag.width, above), at(box.left - tag.width, box.top), at(box.right, box.top), at(box.left, box.bottom)];
  const within = (place) => place.left >= 0 && place.top >= 0 && place.right <= page.width && place.bottom <= page.height;
  const free = places.find((place) => within(place) && others.every((other) => apart(place, other)));
  return { place: free ?? at(box.left, above >= 0 ? above : box.top), free: Boolean(free) };
}
