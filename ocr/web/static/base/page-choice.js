// Which pages the next run reads. The Pages field says it by a range that holds for every document; what the page list has chosen
// is written into the field for one document, and is a range for each where there are several. `pl:choice` is dispatched on
// `document` when it has changed.
import { parseRanges, rangesOf } from "./page-ranges.js";

const MAX_PAGES = 100_000; // more than a session may have
let documents = []; // {key, count}
let text = ""; // the field's
let split = null; // Map of a document's key → Set of its numbers, where no range holds for all
let listed = false; // by the page list, not typed
let known = new Map(); // the sets that follow from `text`, by a document's key

const allOf = (count) => new Set(Array.from({ length: count }, (_, at) => at + 1));

function changed() {
  known = new Map();
  document.dispatchEvent(new Event("pl:choice"));
}

// The chosen numbers of a document. All, where the field has what the server will refuse.
export function chosenOf({ key, count }) {
  if (split) return split.get(key) ?? new Set();
  if (!known.has(key)) known.set(key, parseRanges(text, count) ?? allOf(count));
  return known.get(key);
}

export function isChosen(key, number) {
  const one = documents.find((one) => one.key === key);
  return !one || chosenOf(one).has(number);
}

const sets = () => new Map(documents.map((one) => [one.key, new Set(chosenOf(one))]));

// Takes what the page list has chosen, as the field's text where that can say it.
function take(wanted) {
  const whole = documents.every(({ key, count }) => wanted.get(key).size === count);
  listed = !whole;
  split = whole || documents.length === 1 ? null : wanted;
  text = whole || split ? "" : rangesOf(wanted.get(documents[0].key));
  changed();
}

export function setDocuments(list) {
  if (list.length === documents.length && list.every(({ key }, at) => key === documents[at].key)) return;
  const before = listed && documents.length ? sets() : null; // the first documents after a reload are those of before
  documents = list;
  if (!before) return changed();
  if (!list.length) return typeRange("");
  const wanted = new Map(list.map(({ key, count }) => [key, before.get(key) ?? allOf(count)]));
  take([...wanted.values()].some((numbers) => numbers.size) ? wanted : new Map(list.map(({ key, count }) => [key, allOf(count)])));
}

export function typeRange(typed) {
  [text, split, listed] = [typed, null, false];
  changed();
}

// Whether there is something to read once these pages, {key, number}, are left out.
export const canLeaveOut = (pages) => counts().count > pages.filter(({ key, number }) => isChosen(key, number)).length;

export function leaveOut(pages) {
  if (!canLeaveOut(pages)) return;
  const wanted = sets();
  for (const { key, number } of pages) wanted.get(key).delete(number);
  take(wanted);
}

export function takeIn(pages) {
  const wanted = sets();
  for (const { key, number } of pages) wanted.get(key).add(number);
  take(wanted);
}

// These pages and no others.
export function chooseOnly(pages) {
  const wanted = new Map(documents.map(({ key }) => [key, new Set()]));
  for (const { key, number } of pages) wanted.get(key).add(number);
  take(wanted);
}

// The field's text, and in `ranges` a list of [key, range] if no range holds for all documents; one without pages has "".
export const choice = () => ({ text, ranges: split ? [...split].map(([key, numbers]) => [key, rangesOf(numbers)]) : [], listed });

// Whether not all pages are meant, be it by a range or by the page list.
export const isRange = () => Boolean(text.trim() || split);

// What `choice` returned before a reload.
export function restoreChoice({ text: before, ranges, listed: was }) {
  const read = ([key, range]) => [key, range ? (parseRanges(range, MAX_PAGES) ?? new Set()) : new Set()];
  [text, split, listed] = [before, ranges.length ? new Map(ranges.map(read)) : null, was];
  changed();
}

// How many pages are chosen, and how many there are.
export const counts = () => ({
  count: documents.reduce((sum, one) => sum + chosenOf(one).size, 0),
  all: documents.reduce((sum, { count }) => sum + count, 0),
});
