// The cells of a table as rows, and those that a spreadsheet would change.
import assert from "node:assert/strict";
import test from "node:test";
import { grid, isText } from "../../../ocr/web/static/copy/table-cells.js";

const cell = (text, columns = 1, rows = 1) => ({ text, columns, rows });

test("cells that span others are followed by empty ones", () => {
  const rows = [[cell("Quay", 2), cell("No.")], [cell("East", 1, 2), cell("a"), cell("1")], [cell("b"), cell("2")]];
  assert.deepEqual(grid(rows), [["Quay", "", "No."], ["East", "a", "1"], ["", "b", "2"]]);
});

test("rows may have different lengths, and spans may be too long", () => {
  assert.deepEqual(grid([[cell("a", 1, 9)], [cell("b")], []]), [["a"], ["", "b"], [""]]);
});

test("what a spreadsheet would change is text", () => {
  const changed = ["007", "1234567890123456", "=1+1", "@a", "+a", "-a", "-1+1"];
  const left = ["0", "7", "0.5", "-1.5", "+3", "-12 %", "1,234", "-1 000,5", "a", "-", ""];
  assert.deepEqual([changed.map(isText), left.map(isText)], [changed.map(() => true), left.map(() => false)]);
});
