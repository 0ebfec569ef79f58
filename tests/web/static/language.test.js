// What the scripts say: in the visitor's language, with its numbers.
import assert from "node:assert/strict";
import test from "node:test";
import { addFrench, translate } from "../../../ocr/web/static/base/language.js";

addFrench({ Stop: "Arrêter", "{count} page": ["{count} page", "{count} pages"], "Page {number:,}": "Page {number:,}" });

test("English is what stands in the code", () => assert.equal(translate("Stop", {}, "en"), "Stop"));

test("French comes from the words that the components brought", () => {
  assert.equal(translate("Stop", {}, "fr"), "Arrêter");
  assert.equal(translate("No such text", {}, "fr"), "No such text");
});

test("in French none is no more than one", () => {
  const said = [0, 1, 2].map((count) => translate("{count} page", { count }, "fr"));
  assert.deepEqual(said, ["0 page", "1 page", "2 pages"]);
});

test("a value is put in as it is, and looked up nowhere", () => {
  assert.equal(translate("Page {number:,}", { number: "{count} Stop" }, "fr"), "Page {count} Stop");
});

test("a hole without a value stays", () => assert.equal(translate("{missing} MB", {}, "en"), "{missing} MB"));
