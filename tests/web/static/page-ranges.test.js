// Ranges of pages are read as ocr/documents/page_ranges.py reads them.
import assert from "node:assert/strict";
import test from "node:test";
import { parseRanges, rangesOf } from "../../../ocr/web/static/base/page-ranges.js";

const read = (text, count) => parseRanges(text, count) && [...parseRanges(text, count)].sort((a, b) => a - b);

test("numbers and ranges, open ones too, cut off at the last page; nothing means all", () => {
  assert.deepEqual(read("1,3-5,8-", 10), [1, 3, 4, 5, 8, 9, 10]);
  assert.deepEqual(read(" ", 3), [1, 2, 3]);
  assert.deepEqual(read("-3", 10), [1, 2, 3]);
  assert.deepEqual(read(" 5 , 2 – 3,2", 10), [2, 3, 5]);
  assert.deepEqual(read(`1-${"9".repeat(5000)}`, 2), [1, 2]);
});

test("what the server refuses is nothing", () => {
  for (const text of ["5-3", "0", "0-3", "-0", "one", "1,,2", "-", "1--3", "1.5", "٣", "11-12", "11-"]) assert.equal(parseRanges(text, 10), null, text);
});

test("written in as few parts as there are gaps, and read again the same", () => {
  assert.equal(rangesOf(new Set([9, 1, 2, 4, 3])), "1-4,9");
  assert.equal(rangesOf([]), "");
  assert.deepEqual(read(rangesOf([2, 3, 5, 8]), 10), [2, 3, 5, 8]);
});
