// A long file name is cut so that its last characters stay in sight; an option in a message is not.
import assert from "node:assert/strict";
import test from "node:test";
import { splitName, splitOptions } from "../../../ocr/web/static/base/dom.js";

test("a short name stays whole", () => assert.deepEqual(splitName("scan.pdf"), ["scan.pdf", ""]));

test("the end of a long name is a part of its own", () => {
  assert.deepEqual(splitName("scan of 3 May 2024, 0017.pdf"), ["scan of 3 May 2024", ", 0017.pdf"]);
});

test("no character is cut in two", () => {
  const [start, end] = splitName("📄".repeat(21));
  assert.equal(start, "📄".repeat(11));
  assert.equal(end, "📄".repeat(10));
});

test("an option in a message is a part of its own", () => {
  assert.deepEqual(splitOptions("Start it with --server-url and an address."), ["Start it with ", "--server-url", " and an address."]);
  assert.deepEqual(splitOptions("Page 3 -- of 4 – failed."), ["Page 3 -- of 4 – failed."]);
});
