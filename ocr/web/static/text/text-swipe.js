// A swipe over the text shows the page before or after, but for what is scrolled sideways, selected or edited.
import { onSwipe } from "../base/swipe.js";
import { text } from "./text-words.js";

const panel = text.closest(".tab-panel");

function scrollsSideways(node) {
  for (let one = node; one && one !== panel; one = one.parentElement) if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "auto") return true;
  return false;
}

const selects = () => !getSelection().isCollapsed;

onSwipe(panel, {
  starts: ({ target }) => !selects() && !target.closest("input, textarea, select, dialog, .text-editor") && !scrollsSideways(target),
  moves: () => {},
  ends: (side) => side && !selects() && document.dispatchEvent(new CustomEvent("pl:swipe", { detail: { side } })),
});
