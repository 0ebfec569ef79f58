import { component } from "../base/component.js";
import { copyCommand } from "../base/copy-command.js";
import { el, reconcile, setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext, language } from "../base/language.js";
import { prefer } from "../base/preferences.js";
import "./offline-page.js";

const { element, props, trigger, find, current, onValue } = component("masthead");
const panel = find("details.engine");
const log = find(".log");
const lines = find(".log pre");
const atEnd = () => lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
const toEnd = () => {
  lines.scrollTop = lines.scrollHeight;
};
find(".restart").addEventListener("click", () => trigger("restart"));
log.addEventListener("toggle", toEnd);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel.open) return;
  if (panel.contains(document.activeElement)) find(".engine > summary").focus();
  panel.open = false;
});
document.addEventListener("pointerdown", (event) => {
  if (panel.open && !panel.contains(event.target)) panel.open = false;
});

function drawLog(text) {
  log.hidden = !text;
  const follows = atEnd(); // do not scroll if the visitor has scrolled up
  setText(lines, text);
  if (follows) toEnd();
}

function drawStart({ sign, stage, elapsed, progress, share, expectation }) {
  const over = sign === "ready" || sign === "failed";
  const started = over ? gettext("{stage} after {elapsed}", { stage, elapsed }) : `${stage}${progress ? ` ${progress}` : ""}`;
  find(".start").hidden = !stage;
  setText(find(".now .stage"), started);
  setText(find(".now .elapsed"), over ? "" : elapsed);
  const bar = find(".start progress");
  bar.hidden = share === null;
  bar.value = share ?? 0;
  setText(find(".expectation"), expectation);
}

// ---- the state, in a few words; what counts down does so by itself, and is not announced ----

let due = 0; // when the server is asked again, in milliseconds; 0 while it is not
let clock = 0; // the interval's ID while it does not answer
let announced = null;

function stateWords({ sign, stage, elapsed, said }) {
  if (!sign || sign === "ready") return "";
  if (sign === "starting") return `${stage}, ${elapsed}`;
  if (sign !== "away") return stage || said;
  const seconds = Math.ceil((due - Date.now()) / 1000);
  return due && seconds > 0 ? gettext("not answering, again in {seconds} s", { seconds }) : said;
}

const drawState = () => setText(find(".engine > summary .stage"), stateWords(current()));

function countDown(away) {
  if (away && !clock) clock = setInterval(drawState, 1000);
  else if (!away) clearInterval(clock);
  if (!away) [clock, due] = [0, 0];
}
document.addEventListener("pl-next-check", ({ detail }) => {
  due = detail;
  drawState();
});

// Once for each change of state: a screen reader is not to hear every second.
function announce({ sign, said, engine, stage }) {
  if (announced !== null && sign !== announced) setText(find(".announced"), `${engine}: ${said || stage}`);
  announced = sign;
}

// ---- another server ----

const form = find(".change");
let checking = false; // from a press to its result
form.addEventListener("submit", (event) => {
  event.preventDefault();
  checking = true;
  trigger("change_server", { url: form.elements.url.value, key: form.elements.key.value });
});

const MARKS = { ok: "✓", look: "!", waiting: "…", failed: "✗" };

function drawFinding(row, { what, mark, words }) {
  setAttribute(row, "data-mark", mark);
  setText(row.children[0], MARKS[mark]);
  setText(row.children[1], what);
  setMessage(row.children[2], words);
}

function drawChange(change) {
  find(".other").hidden = !change;
  if (!change) return;
  const send = form.querySelector("button");
  send.disabled = change.busy;
  setText(send, change.busy ? gettext("Checking…") : gettext("Check and use"));
  reconcile(
    find(".findings"),
    change.findings.map((finding, at) => ({ ...finding, at })),
    ({ at }) => at,
    () => el("li", {}, el("span", { class: "mark", "aria-hidden": "true" }), el("strong"), el("span")),
    drawFinding,
  );
  find(".lasting").hidden = !change.used;
  if (checking && change.used) form.elements.key.value = "";
  checking = change.busy || (checking && !change.findings.length);
}

// ---- ways to LightOnOCR ----

const copy = ({ target }) => copyCommand(target, target.previousElementSibling);

for (const { title, about, command } of props.ways) {
  const words = [el("p", { class: "title" }, gettext(title)), el("p", { class: "about" }, "")];
  setMessage(words[1], gettext(about));
  const code = el("code", { class: "command-line", tabindex: "0", "aria-label": gettext("Command") }, ...command.split(/(?<= )/).map((word) => el("span", {}, word)));
  find(".ways ul").append(el("li", {}, ...words, code, el("button", { type: "button", click: copy }, gettext("Copy"))));
}
find(".ways").hidden = !props.ways.length;

// Reloads the page in the other language; the session is restored by the tab's key.
for (const button of element.querySelectorAll(".languages button")) {
  setAttribute(button, "aria-pressed", String(button.lang === language));
  button.addEventListener("click", () => prefer("language", button.lang) && location.reload());
}

// Gradio sets the browser's language here once its own texts are loaded.
const root = document.documentElement;
const nameLanguage = () => setAttribute(root, "lang", language);
new MutationObserver(nameLanguage).observe(root, { attributeFilter: ["lang"] });
nameLanguage();

onValue(() => {
  const value = current();
  panel.hidden = !value.engine && !value.sign;
  setText(find("summary .name"), value.engine);
  setAttribute(panel, "data-sign", value.sign || null);
  setMessage(find(".about"), value.about);
  find(".facts .good").hidden = !value.good;
  setText(find(".facts .good dt"), value.model);
  setText(find(".facts .good dd"), value.good);
  find(".facts .pace").hidden = !value.pace;
  setText(find(".facts .pace dd"), value.pace);
  if (value.again !== null) due = Date.now() + 1000 * value.again;
  countDown(value.sign === "away");
  drawState();
  setText(find(".engine > summary .unseen"), value.sign === "ready" ? ` · ${value.said}` : "");
  announce(value);
  drawChange(value.change);
  drawStart(value);
  find(".problem").hidden = !value.problem;
  find(".problem").classList.toggle("milder", value.sign === "restarting" || value.sign === "starting");
  setMessage(find(".problem p"), [value.problem, value.next].filter(Boolean).join(" "));
  find(".restart").hidden = !value.restart;
  drawLog(value.log);
});
