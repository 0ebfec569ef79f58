// How headings are nested: one lies within the last one before it that is of a higher level.

// For each heading in how many others it lies; levels count from 1, the highest.
export function depths(levels) {
  const around = [];
  return levels.map((level) => {
    while (around.length && around.at(-1) >= level) around.pop();
    around.push(level);
    return around.length - 1;
  });
}

// The heading that is current while a page is shown: the page's first, else the last one before it; -1 where there is none.
export function currentAt(numbers, shown) {
  const own = numbers.indexOf(shown);
  return own >= 0 ? own : numbers.findLastIndex((number) => number < shown);
}
