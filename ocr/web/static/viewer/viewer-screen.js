// Shows the viewer on the whole screen; Escape leaves it. The button is missing where the browser does not allow it.
import { component } from "../base/component.js";
import { setAttribute } from "../base/dom.js";
import { gettext } from "../base/language.js";

const { find } = component("viewer");
const viewer = find(".viewer");
const button = find(".full");

export async function toggleFullScreen() {
  if (!document.fullscreenEnabled) return;
  await (document.fullscreenElement === viewer ? document.exitFullscreen() : viewer.requestFullscreen()).catch(() => {}); // refused: all stays as it is
}

function draw() {
  const full = document.fullscreenElement === viewer;
  setAttribute(button, "aria-pressed", String(full));
  setAttribute(button, "title", full ? gettext("Leave full screen (f, Escape)") : gettext("Full screen (f)"));
}

button.hidden = !document.fullscreenEnabled;
button.addEventListener("click", toggleFullScreen);
viewer.addEventListener("fullscreenchange", draw);
