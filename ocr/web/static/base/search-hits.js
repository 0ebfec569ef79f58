// What the search has found on which page; the minimap shows it too. `pl:found` is dispatched on `document` when it has changed.
let hits = new Map();
let joined = "";

// A page's name → how many matches it has, in the order of the pages.
export const hitsOf = () => hits;

// Takes what the server sends: lines of pages with their numbers of matches, `0-3:2 0-7:1` (views/screen.py).
export function setHits(lines) {
  const text = lines.join(" ");
  if (text === joined) return;
  joined = text;
  hits = new Map(
    text
      .split(" ")
      .filter(Boolean)
      .map((one) => one.split(":"))
      .map(([page, count]) => [page, Number(count)]),
  );
  document.dispatchEvent(new Event("pl:found"));
}

// Which of all matches this one is, from 1; `now` is its place among those found on its page. 0 where the page has none.
export function positionOf(page, now) {
  if (!hits.has(page)) return 0;
  const names = [...hits.keys()];
  const before = names.slice(0, names.indexOf(page)).reduce((sum, name) => sum + hits.get(name), 0);
  return before + Math.min(now, hits.get(page) - 1) + 1;
}

export const total = () => [...hits.values()].reduce((sum, count) => sum + count, 0);
