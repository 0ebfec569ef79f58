// Lines that stand close below one another are marked as one block.
import assert from "node:assert/strict";
import test from "node:test";
import { blocksOf } from "../../../ocr/web/static/viewer/line-blocks.js";

test("the lines of a paragraph are one block", () => {
  assert.deepEqual(blocksOf([[100, 100, 900, 112], [100, 116, 400, 128]]), [[100, 100, 900, 128]]);
});

test("what stands beside it, further below, or above it is another", () => {
  const boxes = [[100, 100, 450, 112], [520, 116, 900, 128], [520, 300, 900, 312], [520, 100, 900, 112]];
  assert.deepEqual(blocksOf(boxes), boxes);
});
