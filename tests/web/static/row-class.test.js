// Headings and source of tables and formulas look different in a comparison.
import assert from "node:assert/strict";
import test from "node:test";
import { rowClass } from "../../../ocr/web/static/compare/row-class.js";

const row = (text) => rowClass([[0, text]]);

test("headings", () => {
  assert.equal(row("\n## Results"), "row heading");
  assert.equal(row("#1 of 3"), "row");
});

test("source", () => {
  for (const text of ["<table>", "</tr>", "$$ x $$", "\\[ x \\]", "| a | b |", "```py"]) assert.equal(row(text), "row source", text);
});

test("text, and nothing at all", () => {
  assert.equal(row("A tablet"), "row");
  assert.equal(rowClass([]), "row");
});
