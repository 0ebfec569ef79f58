// Says whether the page is a straightened photograph, and lets its corners be moved on the photograph as it was taken.
import { component } from "../base/component.js";
import { setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isSheet, moved } from "./corners.js";

const { trigger, find, current, onValue } = component("edges");
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 2; // thousandths of the picture; ten times as far with Shift
const section = find(".edges");
const editor = find(".editor");
const photo = find(".photo");
const handles = [...photo.querySelectorAll(".corner")];
let corners = [];
let held = null; // [how far the pointer is from the corner that it moves]

function draw() {
  const points = corners.map(([x, y]) => `${x},${y}`).join(" ");
  find(".outline polygon").setAttribute("points", points);
  find(".outline .around").setAttribute("d", `m0,0h1000v1000h-1000zM${points}z`);
  handles.forEach((handle, at) => {
    const [x, y] = corners[at].map((value) => value / 10);
    handle.style.left = `${x}%`;
    handle.style.top = `${y}%`;
    setAttribute(handle, "aria-valuenow", String(Math.round(x)));
    setAttribute(handle, "aria-valuetext", gettext("{x} % from the left, {y} % from the top", { x: Math.round(x), y: Math.round(y) }));
  });
  const good = isSheet(corners);
  section.classList.toggle("crossed", !good);
  find(".use").disabled = !good;
}

function move(index, place) {
  corners = moved(corners, index, place);
  draw();
}

// Where a pointer is on the photograph, in thousandths.
function placeOf({ clientX, clientY }) {
  const box = photo.getBoundingClientRect();
  return [((clientX - box.left) / box.width) * 1000, ((clientY - box.top) / box.height) * 1000];
}

handles.forEach((handle, index) => {
  handle.addEventListener("pointerdown", (event) => {
    const place = placeOf(event);
    held = corners[index].map((value, axis) => value - place[axis]);
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (held) move(index, placeOf(event).map((value, axis) => value + held[axis]));
  });
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => (held = null));
  handle.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 * STEP : STEP;
    move(index, corners[index].map((value, axis) => value + far * step[axis]));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys turn pages
  });
});

find(".adjust").addEventListener("click", () => trigger("adjust", { page: current().page }));
find(".use").addEventListener("click", () => trigger("use_edges", { page: current().page, corners }));
find(".as-taken").addEventListener("click", () => trigger("as_taken", { page: current().page }));
find(".cancel").addEventListener("click", () => editor.close());
editor.addEventListener("close", () => current().open && trigger("cancel_edges", { page: current().page }));

onValue(() => {
  const value = current();
  section.hidden = !value.page;
  setText(find(".state"), value.state);
  if (value.open && !editor.open) {
    corners = value.corners;
    photo.style.setProperty("--ratio", value.width / value.height);
    find(".photo img").src = value.image;
    draw();
    editor.showModal();
    handles[0].focus();
  } else if (!value.open && editor.open) {
    editor.close();
  }
});
