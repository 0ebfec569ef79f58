// A region's name stands near it, where it is free.
import assert from "node:assert/strict";
import test from "node:test";
import { apart, placeFor } from "../../../ocr/web/static/viewer/tag-places.js";

const rect = (left, top, right, bottom) => ({ left, top, right, bottom });
const PAGE = rect(0, 0, 100, 100);
const TAG = { width: 20, height: 10 };
const BOX = rect(30, 30, 70, 50);
const without = (...taken) => (place) => taken.every((other) => apart(place, other));

test("above the region's left corner, where that is free", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, () => true), rect(30, 17, 50, 27));
});

test("above its right corner, where the left one is taken", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, without(rect(0, 0, 45, 29))), rect(50, 17, 70, 27));
});

test("beside it, where all above is taken", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, without(rect(0, 0, 100, 29))), rect(4, 30, 24, 40));
});

test("beside the page, where all of the page is taken", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, without(PAGE)), rect(-26, 30, -6, 40));
});

test("within the region, where only that is free", () => {
  assert.deepEqual(placeFor(BOX, TAG, PAGE, (place) => place.left >= 30 && place.right <= 70 && place.top >= 30 && place.bottom <= 50), rect(50, 40, 70, 50));
});

test("nowhere, where nothing is free", () => {
  assert.equal(placeFor(BOX, TAG, PAGE, () => false), null);
});
