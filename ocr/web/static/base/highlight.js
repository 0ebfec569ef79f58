// Marks ranges of the text by the CSS Custom Highlight API, which changes no elements; browsers without it mark nothing.
const ORDER = ["pl-hits", "pl-hit", "pl-chosen", "pl-word"]; // the last one lies on top

export function highlight(name, ranges) {
  if (typeof Highlight !== "function") return;
  if (ranges.length) CSS.highlights.set(name, Object.assign(new Highlight(...ranges), { priority: ORDER.indexOf(name) }));
  else CSS.highlights.delete(name);
}
