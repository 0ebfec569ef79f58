// Ink is where the brightness of a page varies.
import assert from "node:assert/strict";
import test from "node:test";
import { varies } from "../../../ocr/web/static/viewer/page-ink.js";

// Ten pixels square, all of one brightness but for one pixel at (7, 2).
function page(paper, ink) {
  const pixels = new Uint8Array(100).fill(paper);
  pixels[27] = ink;
  return { width: 10, height: 10, pixels };
}
const part = (left, top, right, bottom) => ({ left, top, right, bottom });

test("a part with a dark pixel has ink, one beside it has none", () => {
  assert.equal(varies(page(255, 0), part(0.6, 0.1, 0.9, 0.4)), true);
  assert.equal(varies(page(255, 0), part(0, 0, 0.7, 1)), false);
});

test("light ink on dark paper is ink, and grey paper is none", () => {
  assert.equal(varies(page(20, 230), part(0, 0, 1, 1)), true);
  assert.equal(varies(page(170, 190), part(0, 0, 1, 1)), false);
});

test("what lies outside the page has none", () => {
  assert.equal(varies(page(255, 0), part(-0.5, -0.5, -0.1, 0.9)), false);
  assert.equal(varies(page(255, 0), part(-0.5, 0, 1.5, 1)), true);
});
