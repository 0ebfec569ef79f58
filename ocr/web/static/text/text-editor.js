// A paragraph becomes its Markdown in place. What is typed is saved when the field is left; the editor closes once the
// server has it, so nothing that was typed is lost where that fails. See ocr/web/state/corrections.py.
// "pl:edit" {index} on `document` tells which region is being edited; null when that has ended.
import { component } from "../base/component.js";
import { el, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { forgetPlaces } from "../base/page-words.js";
import { forgetSource } from "../base/paragraphs.js";
import { requestKey } from "../base/request-key.js";
import { bringIntoView, text } from "./text-words.js";

const { element, trigger, find, current } = component("text");
const ANSWER_MS = 20_000; // then the visitor may try again
const editor = find(".text-editor");
const area = find(".text-editor textarea");
let edited = null; // {page, at, before}: the paragraph in the editor, and the Markdown that it had
let saving = null; // {key, timer, then}: what was sent to the server, and what follows
let redraw = () => {};

// `draw` draws the text anew when an edit has ended.
export function whenEdited(draw) {
  redraw = draw;
}

const tell = (kind, detail) => document.dispatchEvent(new CustomEvent(kind, { detail }));
const regionOf = (node) => Number.parseInt(node.dataset.regions ?? "", 10);

function fit() {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}

function say(problem, newer = "") {
  setText(find(".text-editor .problem"), problem);
  find(".text-editor .newer").hidden = !newer;
  setText(find(".newer pre"), newer);
}

const isRefused = () => find(".text-editor .problem").textContent !== "";

function setSaving(now) {
  if (saving) clearTimeout(saving.timer);
  saving = now;
  area.readOnly = Boolean(now);
  for (const button of editor.querySelectorAll("button")) button.disabled = Boolean(now);
  setText(find(".text-editor .saving"), now ? gettext("Saving…") : "");
}

// Opens the editor in a paragraph; `caret` is where in the Markdown, by default its end. Without paragraphs it adds one.
export function edit(at, caret = null) {
  const { page, sources, editable } = current();
  if (edited || !editable || at < 0 || at > sources.length || (at === sources.length && at)) return;
  if (!text.children[at]) text.append(el("div", { class: "paragraph", lang: "" }));
  const node = text.children[at];
  edited = { page, at, before: sources[at] ?? "" };
  node.replaceChildren(editor);
  forgetSource(node);
  forgetPlaces();
  find(".text-editor .where").hidden = true;
  editor.hidden = false;
  say("");
  area.value = edited.before;
  fit();
  area.focus({ preventScroll: true });
  area.setSelectionRange(caret ?? area.value.length, caret ?? area.value.length);
  bringIntoView(editor);
  const index = regionOf(node);
  if (Number.isNaN(index)) return;
  tell("pl:region", { index, kind: "pin", from: "text" });
  tell("pl:edit", { index });
}

function close() {
  const inside = editor.contains(document.activeElement);
  edited = null;
  setSaving(null);
  element.append(editor);
  editor.hidden = true;
  tell("pl:edit", { index: null });
  redraw();
  if (inside) text.focus({ preventScroll: true });
}

// Saves what was typed; `then` is called with the server's answer once it is saved.
function save(then = () => {}) {
  if (!edited || saving) return;
  const { page, at, before } = edited;
  if (area.value.trim() === before.trim()) {
    close();
    then({ at, next: at + 1 });
    return;
  }
  say("");
  const key = requestKey();
  const timer = setTimeout(() => {
    setSaving(null);
    say(gettext("The server has not answered, so the text may not be saved. It is still here: press Save to try again."));
  }, ANSWER_MS);
  setSaving({ key, timer, then });
  trigger("edit", { page, at, before, text: area.value, edit: key });
}

const next = ({ next }) => {
  if (next < current().sources.length) edit(next);
};

// Takes a new value of the text; returns whether the paragraphs have to stay as they are drawn, since one is being edited.
export function holdsText({ page, edit: outcome }) {
  if (!edited) return false;
  if (saving?.key === outcome.key) {
    const { then } = saving;
    setSaving(null);
    if (!outcome.problem) {
      const there = edited.page === page;
      setTimeout(() => {
        close();
        if (there) then(outcome);
      });
      return true;
    }
    if (outcome.newer) edited.before = outcome.newer;
    say(outcome.problem, outcome.newer);
    if (document.activeElement === document.body || editor.contains(document.activeElement)) area.focus();
  }
  if (edited.page === page) return text.contains(editor);
  leave();
  return false;
}

// Another page is shown: the editor stands above its text until what was typed is saved. What was refused is sent again
// only by Save: it would replace a newer text, or be refused again.
function leave() {
  const number = edited.page.split("-")[1];
  if (text.previousElementSibling !== editor) text.before(editor); // a field that is moved loses the focus
  setText(find(".text-editor .where"), gettext("Text of page {number}, not saved yet", { number }));
  find(".text-editor .where").hidden = false;
  if (!isRefused()) save();
}

editor.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
find(".text-editor .next").addEventListener("click", () => save(next));
find(".text-editor .cancel").addEventListener("click", close);
area.addEventListener("input", fit);
editor.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && !saving) close();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(next);
  else return;
  event.preventDefault();
  event.stopPropagation(); // nothing else is to be closed
});
editor.addEventListener("pointerdown", (event) => event.target.closest("button") && event.preventDefault()); // the field keeps the focus
editor.addEventListener("focusout", ({ relatedTarget }) => {
  const elsewhere = document.hasFocus() && !editor.contains(relatedTarget) && editor.isConnected;
  if (elsewhere && edited && !isRefused()) save();
});
addEventListener("beforeunload", (event) => {
  if (edited && area.value.trim() !== edited.before.trim()) event.preventDefault();
});
