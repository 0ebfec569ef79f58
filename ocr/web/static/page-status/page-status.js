import { setColumns } from "../base/columns.js";
import { component } from "../base/component.js";
import { el, reconcile, setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";

const { element, trigger, find, current, onValue } = component("page-status");
const menu = find(".again");
const form = find("form");
const model = find("[name=model]");
const turn = find("[name=turn]");
const models = find(".models");
const fields = [...element.querySelectorAll("form input")];
const edited = new Set(); // fields changed since the last press, whose errors no longer apply
let drawnFor = null; // the page for which the menu's fields were filled in
let picked = null; // the model the visitor picked for this page
let pressed = false;

// A closed menu is removed from the page: its fields have the same names as those beside Read.
form.remove();
menu.addEventListener("toggle", () => {
  if (!menu.open) form.remove();
  else if (!form.isConnected) menu.append(form);
  if (menu.open) form.scrollIntoView({ block: "nearest" }); // on a phone it may open below the visible part
});
const open = () => {
  menu.open = true;
  menu.append(form);
};

find(".stop-page").addEventListener("click", () => trigger("stop", { page: current().page }));
find(".suggestion").addEventListener("click", () => {
  const { page, fresh } = current();
  // the options of a first reading are beside Read, so that component requests it
  if (fresh) document.dispatchEvent(new CustomEvent("pl-read-page", { detail: page }));
  else trigger("read_again", { page, suggested: true });
});
document.addEventListener("pl-read-again", () => {
  if (menu.hidden) return;
  open();
  find(".field:not([hidden]) :is(select, input)")?.focus();
});
find(".compare-two").addEventListener("click", () => document.querySelector("#pl-compare-tab")?.click());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  edited.clear();
  pressed = true;
  const numbers = fields.map((field) => [field.name, field.closest("[hidden]") ? "" : field.value]);
  trigger("read_again", { page: current().page, model: model.value, turn: Number(turn.value), ...Object.fromEntries(numbers) });
  menu.open = false;
});
form.addEventListener("input", ({ target }) => {
  edited.add(target.name);
  if (target === model) picked = model.value;
  drawMenu(current());
});
document.addEventListener("click", ({ target }) => {
  if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  find("summary").focus();
});

function forget() {
  form.reset();
  edited.clear();
  picked = null;
}

function drawMenu(value) {
  if (drawnFor !== value.page) {
    drawnFor = value.page;
    forget();
    menu.open = false;
  }
  reconcile(model, value.models, (one) => one.id, (one) => el("option", { value: one.id }), (node, one) => setText(node, one.name));
  const wanted = value.models.some((one) => one.id === picked) ? picked : value.model;
  if (model.value !== wanted) model.value = wanted;
  if (model.selectedIndex < 0) model.selectedIndex = 0;
  models.hidden = value.models.length < 2;
  const sampling = value.models.find((one) => one.id === model.value)?.sampling !== false;
  const same = model.value === value.model;
  for (const field of fields) {
    const label = field.closest(".field");
    if (label.classList.contains("sampling")) label.hidden = !sampling;
    setAttribute(field, "placeholder", same ? value.defaults[field.name] : gettext("the model's default"));
    const refused = edited.has(field.name) ? "" : (value.refused[field.name] ?? "");
    setAttribute(field, "aria-invalid", refused ? "true" : null);
    if (refused && !label.querySelector(".refused")) label.append(el("span", { class: "refused", role: "alert" }));
    if (refused) setText(label.querySelector(".refused"), refused);
    else label.querySelector(".refused")?.remove();
  }
  const first = fields.find((field) => field.hasAttribute("aria-invalid"));
  if (pressed && first) {
    open();
    first.focus();
  }
  if (value.act === "stop" && pressed) forget();
  if (value.act === "stop" || first) pressed = false;
}

onValue(() => {
  const value = current();
  setAttribute(find(".badge"), "class", `badge state-${value.state}`);
  setColumns("idle", !value.state);
  find(".page-status").dataset.state = value.state;
  setText(find(".word"), value.word);
  find(".retried").hidden = !value.retried;
  setText(find(".retried"), value.retried);
  setText(find(".figures"), value.figures);
  setMessage(find(".text"), value.text);
  find(".stop-page").hidden = value.act !== "stop";
  find(".suggestion").hidden = value.act !== "read" || !value.suggestion;
  setText(find(".suggestion"), value.suggestion ?? "");
  find(".compare-two").hidden = value.compare < 2;
  setText(find(".compare-two span"), String(value.compare));
  for (const name of ["aria-label", "title"]) setAttribute(find(".compare-two"), name, gettext("Compare {number} readings", { number: value.compare }));
  menu.hidden = value.act !== "read" || value.fresh;
  if (value.page) drawMenu(value);
});
