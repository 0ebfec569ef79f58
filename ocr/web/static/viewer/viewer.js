import { component } from "../base/component.js";
import { setAttribute, setText } from "../base/dom.js";
import { drawPageField } from "./page-field.js";
import "./viewer-edit.js";
import "./viewer-keys.js";
import { drawLegend, fadeLegend } from "./viewer-legend.js";
import { drawRegions, forgetHover, pin } from "./viewer-regions.js";
import "./viewer-swipe.js";
import { drawTurn } from "./viewer-turn.js";
import { drawZoom, sheet, well } from "./viewer-zoom.js";

const { find, current, onValue } = component("viewer");
const image = find(".sheet img");
let page = "";
let scrolled = false; // to ask the well itself would have the browser lay out what has been drawn by then
well.addEventListener("scroll", () => (scrolled = well.scrollLeft > 0 || well.scrollTop > 0), { passive: true });
let told = ""; // the page that the others were told of
for (const ended of ["load", "error"]) image.addEventListener(ended, () => sheet.classList.remove("coming"));

// What needs a layout is done once all components have taken their values: each would have the browser lay out anew.
let measuring = 0;
function measure() {
  measuring = 0;
  fadeLegend();
  drawZoom();
}

onValue(() => {
  const value = current();
  if (value.id !== page) {
    page = value.id;
    forgetHover();
    pin(null);
    if (scrolled) well.scrollTo(0, 0);
  }
  find(".empty").hidden = Boolean(value.id);
  sheet.hidden = !value.image;
  find(".viewer").classList.toggle("idle", !value.id);
  well.tabIndex = value.id ? 0 : -1;
  setText(find(".title .file"), value.file ?? "");
  setText(find(".title .number"), value.id ? value.title.slice(value.file.length) : "");
  drawPageField();
  find(".before").disabled = !value.before;
  find(".after").disabled = !value.after;
  if (value.image) {
    drawTurn(value);
    if (image.getAttribute("src") !== value.image) {
      sheet.classList.add("coming"); // the browser shows the previous page until the next one is loaded, under the wrong regions
      image.setAttribute("src", value.image);
    }
    setAttribute(image, "alt", value.title);
  }
  drawRegions(value.regions);
  if (value.id !== told) {
    told = value.id; // and its regions can be lit
    document.dispatchEvent(new CustomEvent("pl:page", { detail: { page: value.id } }));
  }
  drawLegend();
  if (!measuring) measuring = requestAnimationFrame(measure);
});
