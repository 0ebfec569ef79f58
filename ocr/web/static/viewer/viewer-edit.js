// While the text of a region is edited the page is enlarged there; afterwards it is seen as before.
import { nodeAt } from "./viewer-regions.js";
import { currentView, restoreView, reveal, scale, sheet, well, zoomTo } from "./viewer-zoom.js";

const MOST = 2; // of the width of the view: the words around it are to be seen too
const MARGIN = 1.1;
let before = null;

document.addEventListener("pl:edit", ({ detail: { index } }) => {
  const box = index === null ? null : nodeAt(index)?.querySelector(".box");
  if (!box) {
    if (before) restoreView(before);
    before = null;
    return;
  }
  if (sheet.hidden || !well.clientWidth) return;
  before ??= currentView();
  const { width, height } = box.getBoundingClientRect();
  const larger = Math.min(well.clientWidth / (width * MARGIN), well.clientHeight / (height * MARGIN));
  if (width && height && larger > 1) zoomTo(Math.max(scale(), Math.min(scale() * larger, MOST)));
  reveal(box);
});
