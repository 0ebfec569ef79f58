// Words are found in the text that the browser shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fold, placeWords } from "../../../ocr/web/static/base/word-match.js";

const found = (text, words) => {
  const { letters, begins, ends } = fold(text);
  return placeWords(letters, words).map((span) => span && text.slice(begins[span[0]], ends[span[1] - 1]));
};

test("each at its place, without case, accents, ligatures and signs", () => {
  assert.deepEqual(found("The ﬁrst (Éclair)\ncosts 1,250.5 €.", ["the", "first", "eclair", "costs", "12505"]), ["The", "ﬁrst", "Éclair", "costs", "1,250.5"]);
  assert.deepEqual(found("Straße ΟΔΟΣ x² 𝛼", ["strasse", "οδοσ", "x2", "α"]), ["Straße", "ΟΔΟΣ", "x²", "𝛼"]);
});

test("words are folded as on the server", () => {
  const words = JSON.parse(readFileSync(new URL("folded-words.json", import.meta.url)));
  for (const [text, letters] of words) assert.equal(fold(text).letters, letters);
});

test("letters beyond the first plane, and those that are set as one glyph, keep their places", () => {
  assert.deepEqual(found("𐐀x الا.", ["𐐨x", "اال"]), ["𐐀x", "الا"]);
});

test("parts of one word, and words whose markup is gone", () => {
  assert.deepEqual(found("東京H2S", ["東", "京", "h2s"]), ["東", "京", "H2S"]);
});

test("a word that is not shown has no place, those after it have theirs", () => {
  assert.deepEqual(found("Keep the lamps", ["1", "keep", "the", "gone", "lamps"]), [null, "Keep", "the", null, "lamps"]);
});

test("words go on behind text that is none of them", () => {
  assert.deepEqual(found("one \\frac{a} two three", ["one", "two", "three"]), ["one", "two", "three"]);
});

test("a short word does not jump far ahead", () => {
  assert.deepEqual(found(`one ${"x".repeat(500)} a`, ["one", "a"]), ["one", null]);
});
