// A swipe shows the page before or after, where the page is not wider than its frame. The page follows the finger.
import { onSwipe } from "../base/swipe.js";
import { choosePage, pageBeside } from "./viewer-keys.js";
import { sheet, well } from "./viewer-zoom.js";

const WAIT_MS = 3_000; // for the other page; then the one that was shown is seen again
let waiting = 0;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const move = (x) => sheet.style.setProperty("translate", `${x}px`);

function settle() {
  clearTimeout(waiting);
  waiting = 0;
  well.classList.remove("swiped", "turning");
  sheet.style.removeProperty("translate");
}

onSwipe(well, {
  starts: () => !waiting && !well.classList.contains("wide"),
  moves(x) {
    if (calm()) return;
    well.classList.add("swiped");
    move(pageBeside(x > 0 ? "before" : "after") ? x : x / 4);
  },
  ends(side) {
    if (!side || !pageBeside(side)) return settle();
    if (!calm()) {
      well.classList.add("turning");
      move(side === "before" ? well.clientWidth : -well.clientWidth);
    }
    waiting = setTimeout(settle, WAIT_MS);
    choosePage(pageBeside(side));
  },
});
document.addEventListener("pl:page", settle);
document.addEventListener("pl:swipe", ({ detail: { side } }) => choosePage(pageBeside(side)));
