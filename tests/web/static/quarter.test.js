// A screen reader hears of the beginning of a run, of each quarter and of the end.
import assert from "node:assert/strict";
import test from "node:test";
import { quarterOf } from "../../../ocr/web/static/view-bar/quarter.js";

test("quarters", () => {
  const shares = [0, 24, 25, 49, 50, 74, 75, 99, 100];
  assert.deepEqual(shares.map(quarterOf), [0, 0, 1, 1, 2, 2, 3, 3, 4]);
});
