// The field with the number of the page: `g` puts the focus into it, Enter goes to the page typed, Escape goes back.
import { component } from "../base/component.js";
import { setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isPlainKey } from "../base/shortcuts.js";
import { well } from "./viewer-zoom.js";

const { trigger, find, current } = component("viewer");
const field = find(".page-field input");
const problem = find(".no-page");
let before = null; // what had the focus when `g` was pressed
let drawn = "";

function complain(message) {
  problem.hidden = !message;
  setMessage(problem, message);
  setAttribute(field, "aria-invalid", message ? "true" : null);
}

function reset() {
  field.value = current().id ? String(current().number) : "";
  complain("");
}

export function drawPageField() {
  const { id, pages, number } = current();
  find(".page-field").hidden = !id;
  if (!id) return;
  setText(find(".page-field .of"), gettext("of {count}", { count: pages }));
  field.style.setProperty("--digits", String(pages).length);
  if (drawn === `${id} ${number}`) return; // an update while a number is typed
  drawn = `${id} ${number}`;
  reset();
}

function go() {
  const { id, pages } = current();
  const typed = field.value.replace(/[\s.,]/g, ""); // 1,200 or 1 200
  const number = /^\d+$/.test(typed) ? Number(typed) : 0;
  if (number < 1 || number > pages) {
    complain(pages > 1 ? gettext("There is no such page. Type a number from 1 to {count}.", { count: pages }) : gettext("This document has one page only."));
    return field.select();
  }
  reset();
  well.focus();
  const [document] = id.split("-");
  if (id !== `${document}-${number}`) trigger("chosen", { page: `${document}-${number}` });
}

field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") go();
  if (event.key !== "Escape") return;
  event.stopPropagation(); // a pinned region stays
  reset();
  if (before?.isConnected) before.focus();
  else field.blur();
});
field.addEventListener("focus", () => field.select());
field.addEventListener("input", () => complain(""));
field.addEventListener("blur", () => {
  before = null;
  reset();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "g" || !isPlainKey(event) || !current().id || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  before = document.activeElement === document.body ? null : document.activeElement;
  field.focus();
});
