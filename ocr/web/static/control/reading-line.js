// Tells the bar of small screens (view-bar.js) how far reading is, and does what is pressed there.
import { component } from "../base/component.js";

const { find, current } = component("control");
const read = find(".read");

export function tellReading() {
  const { busy, stopping, line, progress, share, left, problem, refused, result } = current();
  const detail = { busy, stopping, line, progress, share, left, problem, refused: Object.keys(refused).length > 0, result: Boolean(result.name), action: read.textContent, ready: !read.disabled };
  document.dispatchEvent(new CustomEvent("pl:reading", { detail }));
}

document.addEventListener("pl:ask-reading", tellReading);
document.addEventListener("pl:press", ({ detail }) => {
  if (detail === "read") read.click();
  else if (detail === "stop") find(".stop").click();
  else find(".result").scrollIntoView({ block: "nearest" });
});
