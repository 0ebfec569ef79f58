import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = new EventTarget();
const { hitsOf, positionOf, setHits, total } = await import("../../../ocr/web/static/base/search-hits.js");

test("matches are counted through all pages", () => {
  let told = 0;
  document.addEventListener("pl:found", () => told++);
  setHits(["0-2:3 0-9:1", "1-1:2"]);
  setHits(["0-2:3 0-9:1", "1-1:2"]);
  assert.deepEqual([...hitsOf()], [["0-2", 3], ["0-9", 1], ["1-1", 2]]);
  assert.equal(told, 1);
  assert.equal(total(), 6);
  assert.deepEqual([positionOf("0-2", 0), positionOf("0-2", 2), positionOf("0-9", 0), positionOf("1-1", 1)], [1, 3, 4, 6]);
  assert.equal(positionOf("0-3", 0), 0);
  assert.equal(positionOf("0-9", 7), 4); // the text as shown has more than the server counted
  setHits([]);
  assert.deepEqual([total(), positionOf("0-2", 0), told], [0, 0, 2]);
});
