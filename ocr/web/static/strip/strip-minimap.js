// All pages of a long list in one narrow picture: their states, the pages with matches of the search, and the one that is shown. A
// press goes to the page there. It is a canvas, because an element for each of thousands of pages would cost every frame; keyboards have the list.
// It is drawn after the paint of what it follows: 2,000 pages take it 4 ms.
import { afterPaint } from "../base/after-paint.js";
import { setColumns } from "../base/columns.js";
import { component } from "../base/component.js";
import { setAttribute } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { hitsOf } from "../base/search-hits.js";
import { stateOf } from "./strip-button.js";

const { find, trigger } = component("strip");
const LEAST_PAGES = 20; // fewer are in view, or nearly so
const LEAST_PX = 2; // a page of a thousand still is seen
// In the order in which they are drawn: where several pages share a line of pixels, what needs attention lies on top.
const COLOURS = { waiting: "--pl-line", done: "--pl-good", blank: "--pl-good", unread: "--pl-soft", cancelled: "--pl-soft", reading: "--pl-accent", truncated: "--pl-warn", repeated: "--pl-warn", failed: "--pl-bad" };
const HIT = "--pl-accent";
const CALM = new Set(["done", "blank"]); // drawn paler, so that the others stand out
const canvas = find(".minimap");
let pages = []; // the buttons of the list
let shown = "";
let drawn = ""; // their states

export function drawMinimap(nodes, page) {
  const states = nodes.map(({ page: { state, corrected } }) => `${state}${corrected}`).join();
  const same = page === shown && states === drawn;
  [pages, shown, drawn] = [nodes, page, states];
  if (same) return;
  canvas.hidden = nodes.length < LEAST_PAGES;
  setColumns("minimap", !canvas.hidden);
  if (!canvas.hidden) drawLater();
}

// Along the list: down, or to the right where the list is a row.
const lies = () => canvas.clientWidth > canvas.clientHeight;

function summarize() {
  const counts = new Map();
  for (const { page } of pages) counts.set(page.word, (counts.get(page.word) ?? 0) + 1);
  const states = [...counts].map(([word, count]) => `${gettext(word)} ${count}`).join(", ");
  const corrected = pages.filter(({ page }) => page.corrected).length;
  const byHand = corrected ? ` · ${gettext("corrected {count}", { count: corrected })}` : "";
  const found = hitsOf().size ? ` · ${ngettext("matches on {count} page", "matches on {count} pages", hitsOf().size)}` : "";
  return `${gettext("Overview of {count} pages: {states}", { count: pages.length, states })}${byHand}${found}`;
}

const drawLater = afterPaint(() => {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (!width || !height) return;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const [length, across, flat] = [lies() ? width : height, lies() ? height : width, lies()];
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const colours = Object.fromEntries([...Object.values(COLOURS), HIT].map((name) => [name, style.getPropertyValue(name)]));
  const step = length / pages.length;
  const gap = step >= 6 * ratio ? ratio : 0;
  const bar = (at, from, to, colour) => {
    pen.fillStyle = colours[colour];
    const [begin, size] = [at * step, Math.max(step - gap, LEAST_PX * ratio)];
    if (flat) pen.fillRect(begin, from * across, size, (to - from) * across);
    else pen.fillRect(from * across, begin, (to - from) * across, size);
  };
  pen.clearRect(0, 0, width, height);
  for (const [state, colour] of Object.entries(COLOURS)) {
    pen.globalAlpha = CALM.has(state) ? 0.45 : 1;
    for (const [at, node] of pages.entries()) if (node.page.state === state) bar(at, 0, 0.5, colour);
  }
  pen.globalAlpha = 1;
  for (const [at, node] of pages.entries()) if (hitsOf().has(node.dataset.page)) bar(at, 0.6, 1, HIT);
  frameShown(pen, { at: pages.findIndex((node) => node.dataset.page === shown), step, across, flat, ratio, colour: style.getPropertyValue("--pl-ink") });
  setAttribute(canvas, "aria-label", summarize());
});

function frameShown(pen, { at, step, across, flat, ratio, colour }) {
  if (at < 0) return;
  const size = Math.max(step, 5 * ratio);
  const begin = at * step - (size - step) / 2;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5 * ratio;
  const [inset, room] = [ratio, across - 2 * ratio];
  if (flat) pen.strokeRect(begin, inset, size, room);
  else pen.strokeRect(inset, begin, room, size);
}

function under(event) {
  const outer = canvas.getBoundingClientRect();
  const share = lies() ? (event.clientX - outer.left) / outer.width : (event.clientY - outer.top) / outer.height;
  return pages[Math.max(0, Math.min(pages.length - 1, Math.floor(share * pages.length)))];
}

canvas.addEventListener("click", (event) => trigger("chosen", { page: under(event).dataset.page }));
canvas.addEventListener("pointermove", (event) => {
  const node = under(event);
  const { number, dataset } = node;
  const count = hitsOf().get(dataset.page);
  const found = count ? ` · ${ngettext("{count} match", "{count} matches", count)}` : "";
  setAttribute(canvas, "title", gettext("Page {number}: {state}", { number: String(number), state: stateOf(node) }) + found);
});

function redraw() {
  drawn = null;
  drawMinimap(pages, shown);
}
document.addEventListener("pl:found", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new ResizeObserver(redraw).observe(canvas);
