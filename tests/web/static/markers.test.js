// Where regions begin in the model's own text; ocr/parsing tells the server the same.
import assert from "node:assert/strict";
import test from "node:test";
import { regionStarts } from "../../../ocr/web/static/raw/markers.js";

test("both ways to write the corners begin a region", () => {
  const text = "![text](0, 0, 500, 500)\nOne\n![image](image_1.png)10,20,30,40\nTwo";
  assert.deepEqual(regionStarts(text), [0, text.indexOf("![image]")]);
});

test("corners that enclose nothing, or lie outside the page, begin none", () => {
  for (const corners of ["500,0,500,10", "0,10,10,5", "0,0,1001,10"]) assert.deepEqual(regionStarts(`![text](${corners})`), []);
});

test("a plain image and plain text begin none", () => assert.deepEqual(regionStarts("![](a.png) and [a](1,2,3,4)"), []));
