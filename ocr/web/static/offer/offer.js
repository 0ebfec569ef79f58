import { component } from "../base/component.js";
import { setAttribute, setText } from "../base/dom.js";

const { trigger, find, current, onValue } = component("offer");
const section = find(".offer");
const start = find(".start");
const stop = find(".stop");
const fewer = find(".faster input");
start.addEventListener("click", () => trigger("start", { fewer_pixels: fewer.checked }));
stop.addEventListener("click", () => trigger("stop"));

// A button that goes away while it has the focus hands it to the one in its place.
function drawButton(button, label, other) {
  const focused = document.activeElement === button;
  button.hidden = !label;
  setText(button, label);
  if (focused && !label) setTimeout(() => (other.hidden ? section : other).focus());
}

function drawNow({ stage, progress, elapsed, share }) {
  find(".now").hidden = !stage;
  setText(find(".stage"), stage);
  setText(find(".elapsed"), elapsed);
  setText(find(".progress"), progress);
  const bar = find("progress");
  bar.hidden = share === null;
  bar.value = share ?? 0;
}

onValue(() => {
  const value = current();
  section.hidden = !value.state;
  setAttribute(section, "data-state", value.state);
  for (const name of ["about", "cost", "obstacle"]) {
    find(`.${name}`).hidden = !value[name];
    setText(find(`.${name}`), value[name]);
  }
  drawNow(value);
  find(".problem").hidden = !value.problem;
  find(".problem").classList.toggle("milder", value.state === "changing");
  setText(find(".problem p"), value.problem);
  find(".faster").hidden = !value.faster;
  setText(find(".faster span"), value.faster);
  drawButton(start, value.start, stop);
  drawButton(stop, value.stop, start);
});
