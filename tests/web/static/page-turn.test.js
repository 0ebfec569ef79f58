// Points of a page that is turned on the screen.
import assert from "node:assert/strict";
import test from "node:test";
import { onImage } from "../../../ocr/web/static/viewer/page-turn.js";

// What is at the image's top left corner, and a little to the right of it, is found wherever turning has brought it.
test("a turned page's corners are those of its image", () => {
  assert.deepEqual(onImage(0, 0, 0), [0, 0]);
  assert.deepEqual(onImage(90, 1, 0), [0, 0]);
  assert.deepEqual(onImage(180, 1, 1), [0, 0]);
  assert.deepEqual(onImage(270, 0, 1), [0, 0]);
});

test("along the image's upper side", () => {
  assert.deepEqual(onImage(0, 0.25, 0), [0.25, 0]);
  assert.deepEqual(onImage(90, 1, 0.25), [0.25, 0]);
  assert.deepEqual(onImage(180, 0.75, 1), [0.25, 0]);
  assert.deepEqual(onImage(270, 0, 0.75), [0.25, 0]);
});
