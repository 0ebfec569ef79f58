// Page ranges such as "1,3-5,8-", as ocr/documents/page_ranges.py reads them.

const RANGE = /^\s*([0-9]+)?\s*(?:([-–])\s*([0-9]+)?\s*)?$/;

// The numbers, from 1, of a document of `count` pages; nothing means all. Null for what the server would refuse.
export function parseRanges(text, count) {
  const numbers = new Set();
  for (const part of text.trim() ? text.split(",") : ["1-"]) {
    const [, first, dash, last] = RANGE.exec(part) ?? [];
    if (!first && !last) return null;
    const from = first ? Number(first) : 1;
    const to = last ? Number(last) : dash ? count : from;
    if (from === 0 || to === 0 || (last && to < from)) return null;
    for (let number = from; number <= Math.min(to, count); number++) numbers.add(number);
  }
  return numbers.size ? numbers : null;
}

// Numbers as people write them: "1-4,9".
export function rangesOf(numbers) {
  const ranges = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    if (ranges.length && number === ranges.at(-1)[1] + 1) ranges.at(-1)[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first < last ? `${first}-${last}` : `${first}`)).join(",");
}
