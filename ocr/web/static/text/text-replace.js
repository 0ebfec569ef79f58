// Finds and replaces in the document: each place is listed with what is to stand there, and may be left out.
import { component } from "../base/component.js";
import { el, setText } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { requestKey } from "../base/request-key.js";

const { trigger, find, current } = component("text");
const TYPING_MS = 250;
const dialog = find("dialog.replace");
const form = dialog.querySelector("form");
const apply = find(".replace .apply");
let asked = ""; // the name of the latest request
let timer = 0;
let drawn = ""; // the name of the request whose answer is shown

const wanted = () => ({
  page: current().page,
  ...Object.fromEntries(["find", "text"].map((name) => [name, form.elements[name].value])),
  ...Object.fromEntries(["case", "word", "regex"].map((name) => [name, form.elements[name].checked])),
});

// What the server is asked for; its answer has the name that is given here.
function asking() {
  clearTimeout(timer);
  asked = requestKey();
  apply.disabled = true;
  return { ...wanted(), ask: asked };
}

const look = () => trigger("look_for", asking());

const boxes = () => [...form.querySelectorAll(".hits input")];

function count() {
  const chosen = boxes().filter((box) => box.checked).length;
  apply.disabled = !chosen;
  setText(apply, ngettext("Replace {count} place", "Replace {count} places", chosen));
}

const hit = ([number, before, found, text, after]) =>
  el(
    "li",
    {},
    el("label", {}, el("input", { type: "checkbox", checked: true }), el("span", { class: "page-number" }, gettext("Page {number}", { number })), el("span", { class: "place" }, before, el("del", {}, found), el("ins", {}, text), after)),
  );

// Shows the answer to the latest request.
export function drawReplace() {
  const { key, said, problem, hits } = current().replace;
  if (!dialog.open || key !== asked || key === drawn) return;
  drawn = key;
  setText(find(".replace .found"), said);
  setText(find(".replace .problem"), problem);
  find(".replace .hits").replaceChildren(...JSON.parse(hits).map(hit));
  count();
}

find(".open-replace").addEventListener("click", () => {
  const selected = getSelection().toString().trim();
  if (selected && !selected.includes("\n")) form.elements.find.value = selected;
  setText(find(".replace .found"), "");
  count();
  dialog.showModal();
  form.elements.find.select();
  look();
});
form.addEventListener("input", ({ target }) => {
  if (target.closest(".hits")) return count();
  clearTimeout(timer);
  apply.disabled = true;
  timer = setTimeout(look, TYPING_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});
apply.addEventListener("click", () => {
  const without = boxes().flatMap((box, index) => (box.checked ? [] : [index]));
  trigger("replace_all", { ...asking(), without, version: current().replace.version });
});
find(".replace .close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
dialog.addEventListener("close", () => find(".replace .hits").replaceChildren());
