// Turns the page on the screen by quarters. The server remembers it, and the page is read as it is shown (page_turns.py).
import { component } from "../base/component.js";
import { onImage } from "./page-turn.js";
import { sheet } from "./viewer-zoom.js";

const { trigger, find, current } = component("viewer");
const turner = find(".turner");

export function turnPage() {
  if (current().image) trigger("turned", { page: current().id });
}
find(".turn").addEventListener("click", turnPage);

// Gives the sheet the page's size as it is shown, and turns what is drawn on it.
export function drawTurn({ turn, width, height }) {
  const [across, down] = turn % 180 ? [height, width] : [width, height];
  sheet.style.aspectRatio = `${across} / ${down}`;
  sheet.style.setProperty("--ratio", across / down);
  Object.assign(turner.style, { width: `${(100 * width) / across}%`, height: `${(100 * height) / down}%`, rotate: turn ? `${turn}deg` : "" });
}

// Where a point of the window is on the page's image, as shares of its sides; null while there is none.
export function pointOnImage(x, y) {
  const { left, top, width, height } = sheet.getBoundingClientRect();
  return width ? onImage(current().turn, (x - left) / width, (y - top) / height) : null;
}
