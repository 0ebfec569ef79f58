// On small screens one of the views is shown at a time: the files, the page, its text. Page and text are one from 700 px on.
import { setColumns } from "../base/columns.js";
import { component, receivedUpdate } from "../base/component.js";
import { setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { quarterOf } from "./quarter.js";

const { find, current, onValue } = component("view-bar");
const bar = find(".view-bar");
const views = find(".views");
const read = find(".read-now");
const stop = find(".stop-now");
const details = find(".details");
const roomy = matchMedia("(min-width: 700px)");
const TO_PAGE = ["chosen", "open", "read", "read_page", "sample", "unlock"]; // who does this wants to see the page next
let view = "files";
let page = "";
let awaited = true; // the page that is shown next is what the visitor waits for, as after a reload

function show(name) {
  view = name;
  draw();
}

function draw() {
  const shown = roomy.matches && view === "text" ? "page" : view;
  bar.dataset.view = page ? shown : "files";
  setColumns("view", bar.dataset.view);
  for (const button of views.children) setAttribute(button, "aria-current", button.dataset.view === shown ? "true" : null);
  setText(views.querySelector("button[data-view=page] span"), roomy.matches ? gettext("Page and text") : gettext("Page"));
}

views.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) show(button.dataset.view);
});
roomy.addEventListener("change", draw);

document.addEventListener("pl:triggered", ({ detail }) => {
  if (detail.event === "added") awaited = true;
  if (view !== "files" || !TO_PAGE.includes(detail.event)) return;
  if (page) show("page");
  awaited = true;
});

// ---- how far reading is, read from what the component with the options tells ----

let said = ""; // the state of the run that was announced last
let pressed = false; // Read, and nothing has come of it yet

document.addEventListener("pl:reading", ({ detail: { line, progress, share, busy, stopping, left, action, ready, problem, refused, result } }) => {
  setText(find(".line"), problem || line);
  find(".reading").classList.toggle("obstructed", Boolean(problem));
  read.hidden = busy || Boolean(problem) || (result && !left);
  read.disabled = !ready;
  setText(read, action);
  stop.hidden = !busy;
  stop.disabled = stopping;
  setText(stop, stopping ? gettext("Stopping…") : gettext("Stop"));
  details.hidden = !problem && (busy || left > 0 || !result);
  setText(details, problem ? gettext("Details") : gettext("Result"));
  // The line changes every second; a screen reader hears of the beginning, of each quarter and of the end.
  const state = `${busy} ${quarterOf(share)}`;
  if (progress && state !== said) setText(find(".announced"), progress);
  said = state;
  if (pressed && refused) show("files"); // the option that was refused is there
  if (busy || refused) pressed = false;
});

const press = (what) => document.dispatchEvent(new CustomEvent("pl:press", { detail: what }));
read.addEventListener("click", () => {
  pressed = true;
  press("read");
});
stop.addEventListener("click", () => press("stop"));
details.addEventListener("click", () => {
  show("files");
  press("result");
});

onValue(() => {
  const { page: now } = current();
  receivedUpdate();
  if (now && now !== page && awaited && view === "files") view = "page";
  if (now !== page) awaited = false;
  page = now;
  bar.hidden = !page;
  draw();
});
document.dispatchEvent(new CustomEvent("pl:ask-reading"));
