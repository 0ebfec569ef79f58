// Which pages to read, with which model and options. The visitor's choices are sent when Read is pressed.
import { component, latest } from "../base/component.js";
import { copyCommand } from "../base/copy-command.js";
import { el, reconcile, setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { choice, restoreChoice } from "../base/page-choice.js";
import { askedPages } from "./pages-field.js";
import { store, stored } from "./tab-storage.js";

const { element, props, find, current } = component("control");
export const select = find(".model");
export const layout = find(".layout input");
const headers = find(".headers input");
const upright = find(".upright input");
const fields = [...element.querySelectorAll(".advanced input[name]")];
const edited = new Set(); // fields changed since the last press, whose errors no longer apply
let picked = null; // the model that the visitor picked; until then the server's default
let pressed = false;

const offered = () => latest("models")?.models ?? [];
export const pickedModel = () => offered().find((model) => model.id === select.value);

export function pickModel() {
  picked = select.value;
}

export function asked() {
  edited.clear();
  keepPicked();
  pressed = true;
  const numbers = fields.map((field) => [field.name, field.closest("[hidden]") ? "" : field.value]);
  return { ...askedPages(), model: select.value, layout: layout.checked, headers: headers.checked, auto_rotate: upright.checked, ...Object.fromEntries(numbers) };
}

// The entry of the list while no model is known: the model being started, or why there is none.
function placeholder({ expected, unreachable }) {
  if (expected) return { label: gettext("Not ready yet"), models: [{ id: "", name: expected, purpose: gettext("not ready yet") }] };
  return { label: gettext("No models"), models: [{ id: "", name: unreachable ? gettext("The server does not answer") : gettext("Asking the server…"), purpose: "" }] };
}

function drawModels({ model, expected, unreachable }) {
  const models = offered();
  const groups = [
    { label: gettext("On this server"), models: models.filter((one) => one.served) },
    { label: gettext("Published, not on this server"), models: models.filter((one) => !one.served) },
  ]
    .concat(models.length ? [] : [placeholder({ expected, unreachable })])
    .filter((group) => group.models.length);
  const line = (node, one) => setText(node, [one.name, one.purpose].filter(Boolean).join(" – "));
  const list = (node, group) => reconcile(node, group.models, (one) => one.id, (one) => el("option", { value: one.id }), line);
  reconcile(select, groups, (group) => group.label, (group) => el("optgroup", { label: group.label }), list);
  select.disabled = !models.length;
  const wanted = models.some((one) => one.id === picked) ? picked : model;
  if (select.value !== wanted) select.value = wanted;
}

// The purpose is shown below the list only if the closed list is too narrow for it.
const pen = document.createElement("canvas").getContext("2d");
let measured = "";

function drawAbout(model) {
  const line = model ? `${model.name} – ${model.purpose}` : "";
  if (line === measured) return;
  measured = line;
  pen.font = getComputedStyle(select).font;
  const about = find(".about");
  about.hidden = !line || pen.measureText(line).width < select.clientWidth - 38;
  setText(about, model ? `${model.id} – ${model.purpose}` : "");
}

function measureAnew() {
  measured = "";
  drawAbout(pickedModel());
}
new ResizeObserver(measureAnew).observe(select);
document.fonts.ready.then(measureAnew);

function drawNotice(model) {
  find(".notice").hidden = !model?.notice;
  setMessage(find(".notice p"), model?.notice ?? "");
  find(".command").hidden = !model?.command;
  const command = find(".command code");
  const parts = (model?.command ?? "").split(/(?= --)/); // lines break between flags, not after their dashes
  if (command.textContent !== parts.join("")) command.replaceChildren(...parts.flatMap((part) => (part.startsWith(" ") ? [" ", el("span", {}, part.slice(1))] : [el("span", {}, part)])));
}

function drawFields(model) {
  find(".layout").hidden = !model?.layout;
  find(".headers").hidden = !model?.layout || !layout.checked; // headers are recognised by their regions
  for (const field of fields) {
    const label = field.closest(".field");
    if (label.classList.contains("sampling")) label.hidden = model?.sampling === false;
    setAttribute(field, "placeholder", model?.defaults[field.name] ?? "");
    const refused = edited.has(field.name) ? "" : (current().refused[field.name] ?? "");
    setAttribute(field, "aria-invalid", refused ? "true" : null);
    if (refused && !label.querySelector(".refused")) label.append(el("span", { class: "refused", role: "alert" }));
    if (refused) setText(label.querySelector(".refused"), refused);
    else label.querySelector(".refused")?.remove();
  }
}

export function drawOptions() {
  drawModels(current());
  const model = pickedModel();
  drawAbout(model);
  drawNotice(model);
  drawFields(model);
  const first = fields.find((field) => field.hasAttribute("aria-invalid"));
  if (pressed && first) {
    pressed = false;
    find(".advanced").open = true;
    first.focus();
  }
}

// ---- choices survive a reload, as long as the session exists ----

const PICKED = "pagelight-picked";
let recalled = "";

function keepPicked() {
  const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const switches = [layout, headers, upright].map((one) => one.checked);
  const picks = { picked, pages: choice(), switches, values, edited: [...edited], advanced: find(".advanced").open };
  store(PICKED, JSON.stringify({ session: current().key, ...picks }));
}

export function recall(session) {
  if (recalled) return;
  recalled = session;
  const before = JSON.parse(stored(PICKED) || "{}");
  if (before.session !== session) return;
  picked = before.picked;
  for (const [at, one] of [layout, headers, upright].entries()) one.checked = before.switches[at];
  for (const field of fields) field.value = before.values[field.name] ?? "";
  for (const name of before.edited) edited.add(name);
  find(".advanced").open = before.advanced;
  restoreChoice(before.pages);
}

find(".options").addEventListener("input", keepPicked);
find(".options").addEventListener("change", keepPicked);
document.addEventListener("pl:choice", () => recalled && keepPicked());
find(".advanced").addEventListener("toggle", keepPicked);

layout.checked = props.layout;
headers.checked = props.headers;
upright.checked = props.auto_rotate === true;
find(".upright").hidden = props.auto_rotate === null; // Tesseract's data for it is not installed
for (const field of fields) {
  field.addEventListener("input", () => {
    edited.add(field.name);
    drawOptions();
  });
}
find(".copy").addEventListener("click", ({ target }) => copyCommand(target, find(".command code")));
