// Keyboard control while the focus is in the viewer.
import { component } from "../base/component.js";
import { large } from "./viewer-large.js";
import { indexOf, regions, togglePin } from "./viewer-regions.js";
import { toggleFullScreen } from "./viewer-screen.js";
import { turnPage } from "./viewer-turn.js";
import { between, STEP, sheet, well, zoomBy, zoomTo } from "./viewer-zoom.js";

const { trigger, find, current } = component("viewer");
const VIEW = { "+": () => zoomBy(STEP), "=": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), 0: () => zoomTo(null), f: toggleFullScreen, r: turnPage };
const TURN = { PageUp: "before", PageDown: "after", Home: "first", End: "last" };
const ARROWS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

// The page beside the one that is shown: "before", "after", "first" or "last"; nothing where there is none.
export const pageBeside = (side) => current()[side];
export const choosePage = (page) => page && page !== current().id && trigger("chosen", { page });
for (const side of ["before", "after"]) find(`.${side}`).addEventListener("click", () => choosePage(pageBeside(side)));

// Arrow keys scroll an enlarged page; if there is nothing to scroll, they turn the page.
const scrolls = (key) => (/Left|Right/.test(key) ? well.scrollWidth > well.clientWidth + 1 : well.scrollHeight > well.clientHeight + 1);

function stepRegion(from, step) {
  const visible = [...regions.children].filter((node) => !node.classList.contains("off"));
  visible[between(0, visible.length - 1, visible.indexOf(from) + step)]?.focus();
}

find(".viewer").addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || large.open || sheet.hidden || target.matches("input")) return;
  const box = target.closest(".region");
  if (box && (key === "Enter" || key === " ")) togglePin(indexOf(box));
  else if (box && ARROWS[key]) stepRegion(box, ARROWS[key]);
  else if (VIEW[key]) VIEW[key]();
  else if (TURN[key]) choosePage(pageBeside(TURN[key]));
  else if (ARROWS[key] && !scrolls(key)) choosePage(pageBeside(ARROWS[key] < 0 ? "before" : "after"));
  else return;
  event.preventDefault();
});
