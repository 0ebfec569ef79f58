// The size of the text beside the page, and of the text under Document, Raw and Compare; kept for later visits.
import { component } from "../base/component.js";
import { prefer, preferred } from "../base/preferences.js";

const { find } = component("search");
const PREFERENCE = "text-size";
const SIZES = [0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2]; // times the usual size
const kept = SIZES.indexOf(Number(preferred(PREFERENCE)));
let at = kept < 0 ? SIZES.indexOf(1) : kept;

function draw() {
  document.documentElement.style.setProperty("--pl-text-scale", SIZES[at]);
  find(".smaller").disabled = at === 0;
  find(".larger").disabled = at === SIZES.length - 1;
}

function change(by) {
  at += by;
  prefer(PREFERENCE, String(SIZES[at]));
  draw();
}
find(".smaller").addEventListener("click", () => change(-1));
find(".larger").addEventListener("click", () => change(1));
draw();
