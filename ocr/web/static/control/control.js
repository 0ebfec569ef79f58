import { component } from "../base/component.js";
import { setMessage, setText } from "../base/dom.js";
import { gettext, language } from "../base/language.js";
import { isRange } from "../base/page-choice.js";
import "./auto-start.js";
import { drawNotification } from "./notification.js";
import { asked, drawOptions, layout, pickedModel, pickModel, recall, select } from "./options.js";
import { tellReading } from "./reading-line.js";
import { drawResult } from "./result.js";
import { store, stored } from "./tab-storage.js";

const { trigger, find, current, onValue } = component("control");
const read = find(".read");
const retry = find(".retry");
const stop = find(".stop");
read.addEventListener("click", () => trigger("read", asked()));
retry.addEventListener("click", () => trigger("read", { ...asked(), failed: true }));
stop.addEventListener("click", () => trigger("stop"));
find(".again").addEventListener("click", () => askServer(FIRST_RETRY_S));
find(".restart").addEventListener("click", () => trigger("restart"));

function draw() {
  const value = current();
  drawOptions();
  setText(read, value.left && isRange() ? gettext("Read the rest") : value.action);
  read.hidden = value.busy;
  read.classList.toggle("primary", !value.result.name || value.left > 0); // else the download is
  read.disabled = !value.ready || pickedModel()?.served === false;
  retry.hidden = value.busy || !value.retry;
  retry.disabled = read.disabled;
  setText(retry, value.retry);
  stop.hidden = !value.busy;
  stop.disabled = value.stopping;
  setText(stop, value.stopping ? gettext("Stopping…") : gettext("Stop"));
  const bar = find("progress");
  bar.hidden = !value.busy || !value.progress || value.queued;
  bar.value = value.share;
  bar.classList.toggle("failed", value.failed);
  setText(find(".status"), value.progress);
  find(".pace").hidden = !value.busy || !value.pace;
  setText(find(".pace"), value.pace);
  find(".problem").hidden = !value.problem;
  setMessage(find(".problem p"), [value.problem, value.next].filter(Boolean).join(" "));
  find(".restart").hidden = !value.restart;
  find(".starting").hidden = !value.starting;
  setText(find(".starting"), value.starting);
  find(".load").hidden = !value.load;
  setText(find(".load"), value.load);
  find(".again").hidden = !value.unreachable;
  drawAsking(value.unreachable);
  drawResult(value);
  drawNotification(value);
  const title = value.title ? `${value.title} – Pagelight` : "Pagelight";
  if (document.title !== title) document.title = title;
  tellReading();
}

// What lies over the rail, so that what gets the focus there is not scrolled to a place behind it (control.css).
const reach = find(".reach");
const rail = reach.closest("#pl-rail");
const measure = new ResizeObserver(() => rail.style.setProperty("--pl-reach", getComputedStyle(reach).position === "sticky" ? `${reach.offsetHeight}px` : "0px"));
for (const node of [reach, rail]) measure.observe(node);

select.addEventListener("change", () => {
  pickModel();
  draw();
});
layout.addEventListener("change", draw);
for (const event of ["pl:choice", "pl:models"]) document.addEventListener(event, draw);
document.addEventListener("pl-read-page", ({ detail }) => trigger("read_page", { ...asked(), page: detail }));

// ---- retry a server that does not answer, while the browser tab is visible ----

const FIRST_RETRY_S = 5; // multiplied by 1.5 after each attempt
const LATEST = 60;
let delay = FIRST_RETRY_S;
let due = 0;
let clock = 0; // the interval's ID while the server does not answer

function askServer(next) {
  setDue(next);
  trigger("reconnect");
}

// The masthead shows when the server is asked again.
function setDue(next) {
  delay = next;
  due = Date.now() + 1000 * delay;
  document.dispatchEvent(new CustomEvent("pl-next-check", { detail: due }));
}

function drawAsking(unreachable) {
  if (unreachable && !clock) {
    setDue(FIRST_RETRY_S);
    clock = setInterval(countDown, 1000);
  } else if (!unreachable) {
    clearInterval(clock);
    clock = 0;
  }
}

function countDown() {
  if (!clock || document.hidden) return;
  if (Date.now() >= due) askServer(Math.min(LATEST, 1.5 * delay));
}
document.addEventListener("visibilitychange", countDown);

// ---- return to the session after a reload or a lost connection ----

const KEY = "pagelight-session";
const MAX_SILENCE_MS = 5000; // during a run there is an update every second
let heard = Date.now();

function hello() {
  heard = Date.now();
  trigger("hello", { key: stored(KEY), language });
}

function listen() {
  heard = Date.now();
  const { key } = current();
  if (!key) return;
  recall(key);
  store(KEY, key);
}

setInterval(() => {
  if ((!current().key || current().follows) && Date.now() - heard > MAX_SILENCE_MS) hello();
}, MAX_SILENCE_MS / 2);
window.addEventListener("online", hello);
window.addEventListener("pageshow", (event) => event.persisted && hello());

onValue(() => {
  listen();
  draw();
});
hello();
