// Labels are said in words.
import assert from "node:assert/strict";
import test from "node:test";
import { nameOf, wordsOf } from "../../../ocr/web/static/viewer/label-names.js";

test("a label's underscores are spaces", () => {
  assert.equal(wordsOf("page_number"), "page number");
  assert.equal(nameOf("a_label_nobody_knows"), "a label nobody knows");
  assert.equal(nameOf("title"), "title");
});
