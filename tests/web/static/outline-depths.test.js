import assert from "node:assert/strict";
import { test } from "node:test";
import { currentAt, depths } from "../../../ocr/web/static/outline/outline-depths.js";

test("a heading lies within the last higher one before it", () => {
  assert.deepEqual(depths([1, 2, 2, 3, 1, 3, 2, 6]), [0, 1, 1, 2, 0, 1, 1, 2]);
  assert.deepEqual(depths([2, 3, 1]), [0, 1, 0]);
  assert.deepEqual(depths([]), []);
});

test("the page's first heading is current, else the last one before the page", () => {
  const numbers = [2, 2, 5, 9];
  assert.deepEqual([1, 2, 3, 5, 8, 9, 40].map((shown) => currentAt(numbers, shown)), [-1, 0, 1, 2, 2, 3, 3]);
  assert.equal(currentAt([], 1), -1);
});
