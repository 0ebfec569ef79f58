// The Pages field and the page list say the same of the next run.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

globalThis.document = new EventTarget();
const { canLeaveOut, choice, chooseOnly, chosenOf, counts, isChosen, leaveOut, restoreChoice, setDocuments, takeIn, typeRange } = await import("../../../ocr/web/static/base/page-choice.js");

const A = { key: 0, count: 5 };
const B = { key: 1, count: 2 };
const page = (key, number) => ({ key, number });
const chosen = (one) => [...chosenOf(one)];

beforeEach(() => {
  setDocuments([]);
  typeRange("");
});

test("of one document, what is left out is written into the field, and taken in again", () => {
  setDocuments([A]);
  leaveOut([page(0, 2)]);
  assert.deepEqual(choice(), { text: "1,3-5", ranges: [], listed: true });
  assert.equal(isChosen(0, 2), false);
  takeIn([page(0, 2)]);
  assert.deepEqual(choice(), { text: "", ranges: [], listed: false });
});

test("a range that is typed holds for every document, and is the list's too", () => {
  setDocuments([A, B]);
  typeRange("2-");
  assert.deepEqual([chosen(A), chosen(B)], [[2, 3, 4, 5], [2]]);
  leaveOut([page(0, 4)]);
  assert.deepEqual(choice(), { text: "", ranges: [[0, "2-3,5"], [1, "2"]], listed: true });
  assert.deepEqual(counts(), { count: 4, all: 7 });
  typeRange("1");
  assert.deepEqual(choice(), { text: "1", ranges: [], listed: false });
});

test("what the server will refuse leaves nothing out", () => {
  setDocuments([A]);
  typeRange("1,,2");
  assert.deepEqual(chosen(A), [1, 2, 3, 4, 5]);
});

test("pages of one document alone are chosen, and the last one cannot be left out", () => {
  setDocuments([A, B]);
  chooseOnly([page(0, 3)]);
  assert.deepEqual(choice().ranges, [[0, "3"], [1, ""]]);
  assert.equal(canLeaveOut([page(0, 3)]), false);
  leaveOut([page(0, 3)]);
  assert.equal(isChosen(0, 3), true);
});

test("a document that is added has all of its pages; one that goes takes its choice along", () => {
  setDocuments([A]);
  leaveOut([page(0, 1)]);
  setDocuments([A, B]);
  assert.deepEqual(choice().ranges, [[0, "2-5"], [1, "1-2"]]);
  setDocuments([A]);
  assert.equal(choice().text, "2-5");
  setDocuments([]);
  assert.equal(choice().text, "");
});

test("a typed range stays when documents come and go", () => {
  setDocuments([A]);
  typeRange("1-2");
  setDocuments([A, B]);
  assert.deepEqual(choice(), { text: "1-2", ranges: [], listed: false });
});

test("a reload brings the choice back, before the documents are there", () => {
  setDocuments([A, B]);
  chooseOnly([page(0, 2), page(0, 3)]);
  const before = JSON.parse(JSON.stringify(choice()));
  setDocuments([]);
  restoreChoice(before);
  setDocuments([A, B]);
  assert.deepEqual([chosen(A), chosen(B)], [[2, 3], []]);
});
