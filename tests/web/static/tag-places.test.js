// A region's name stands where it covers nothing.
import assert from "node:assert/strict";
import test from "node:test";
import { placeFor } from "../../../ocr/web/static/viewer/tag-places.js";

const PAGE = { width: 100, height: 100 };
const TAG = { width: 20, height: 10 };
const BOX = { left: 30, top: 30, right: 70, bottom: 50 };
const box = (left, top, right, bottom) => ({ left, top, right, bottom });

test("above the region's left corner, where nothing else is", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, []), { place: box(30, 20, 50, 30), free: true });
});

test("at its right corner, where the left one is taken", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, [box(0, 0, 45, 29)]).place, box(50, 20, 70, 30));
});

test("beside it, where all above is taken", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, [box(0, 0, 100, 29)]).place, box(10, 30, 30, 40));
});

test("never outside the page: below, where the region is as wide as the page and at its top", () => {
  assert.deepEqual(placeFor(box(0, 0, 100, 50), TAG, PAGE, []).place, box(0, 50, 20, 60));
});

test("where nothing is free, above all the same, or within at the page's top", () => {
  const everything = [box(0, 0, 100, 100)];
  assert.deepEqual(placeFor(BOX, TAG, PAGE, everything), { place: box(30, 20, 50, 30), free: false });
  assert.deepEqual(placeFor(box(0, 5, 9, 9), TAG, PAGE, everything), { place: box(0, 5, 20, 15), free: false });
});
