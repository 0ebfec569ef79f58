// Copies the page or its document: the server makes the text (ocr/web/server/copy_route.py), the browser puts it on the
// clipboard. What was copied, or why not, is said below the button.
import { writeClipboard } from "../base/clipboard.js";
import { component } from "../base/component.js";
import { el, setText } from "../base/dom.js";
import { gettext, ngettext } from "../base/language.js";
import { followPointer } from "./copy-part.js";
import { partsToCopy, texsOf, textsOf } from "./parts.js";
import "./select-all.js";
import { isPlainKey } from "../base/shortcuts.js";

const { element, find, current, onValue } = component("copy");
const PREPARING_MS = 400; // until then nothing is said of a text that is still to come
const TYPES = { rich: ["text/html", "text/plain"], plain: ["text/plain"], html: ["text/plain"] };
const menu = find(".more");
const said = find(".copied");
let fetched = null; // {what, answer}: a text that came too late for the browser to take it

const say = (text, problem = false) => said.replaceChildren(...(text ? [el("span", { class: problem && "problem" }, text)] : []));

const blocked = () => say(gettext("The browser did not allow it. Press Copy again, or select the text with Ctrl+A and press Ctrl+C."), true);

async function fetchTexts(asked) {
  const { key } = component("control").current();
  const response = await fetch(new URL("copy", document.baseURI), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key, ...asked }) });
  if (!response.ok) throw new Error(gettext("The text could not be fetched. Reload the page, then copy again."));
  const answer = await response.json();
  if (!answer.pages) throw new Error(gettext("There is no text to copy yet. Read the page first."));
  return answer;
}

async function copy(form, whole) {
  const asked = { page: current().page, form, whole };
  const what = JSON.stringify(asked);
  const answer = fetched?.what === what ? fetched.answer : fetchTexts(asked);
  fetched = null;
  const preparing = setTimeout(() => say(gettext("Preparing the text…")), PREPARING_MS);
  try {
    const texts = answer instanceof Promise ? answer.then((one) => one.texts) : answer.texts;
    const done = await writeClipboard(TYPES[form], texts);
    clearTimeout(preparing);
    if (done) return say(outcome(await answer, whole));
    fetched = { what, answer: await answer };
    blocked();
  } catch (error) {
    clearTimeout(preparing);
    const lost = error instanceof TypeError; // what fetch throws where nothing answers
    say(lost ? gettext("The text could not be fetched. Reload the page, then copy again.") : error.message, true);
  }
}

function outcome({ pages, incomplete, left_out: leftOut }, whole) {
  const parts = [whole ? ngettext("{count} page copied.", "{count} pages copied.", pages) : gettext("Page copied.")];
  if (incomplete && whole) parts.push(ngettext("{count} page lacks text, as the copy says.", "{count} pages lack text, as the copy says.", incomplete));
  else if (incomplete) parts.push(gettext("Its text is partial, as the copy says."));
  if (leftOut) parts.push(ngettext("{count} figure is too large for the clipboard: download the document for it.", "{count} figures are too large for the clipboard: download the document for them.", leftOut));
  return parts.join(" ");
}

async function copyParts(texts, done) {
  if (await writeClipboard(Object.keys(texts), texts)) say(done);
  else blocked();
}

const copyTables = (tables) => copyParts(textsOf(tables), ngettext("{count} table copied.", "{count} tables copied.", tables.length));
const copyFormulas = (formulas) => copyParts(texsOf(formulas), ngettext("LaTeX of {count} formula copied.", "LaTeX of {count} formulas copied.", formulas.length));
followPointer(find(".copy-part"), (node) => (node.localName === "table" ? copyTables([node]) : copyFormulas([node])));

// ---- the menu ----

function close() {
  if (!menu.open) return;
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (inside) find("summary").focus();
}

function drawParts() {
  if (!menu.open) return;
  const parts = partsToCopy();
  find(".tables").hidden = !parts.tables.length;
  setText(find(".tables"), ngettext("{count} table, for a spreadsheet", "{count} tables, for a spreadsheet", parts.tables.length));
  find(".formulas").hidden = !parts.formulas.length;
  setText(find(".formulas"), ngettext("{count} formula, as LaTeX", "{count} formulas, as LaTeX", parts.formulas.length));
}
menu.addEventListener("toggle", drawParts);
find(".tables").addEventListener("click", () => copyTables(partsToCopy().tables));
find(".formulas").addEventListener("click", () => copyFormulas(partsToCopy().formulas));
for (const button of element.querySelectorAll("[data-form]")) {
  button.addEventListener("click", () => copy(button.dataset.form, "whole" in button.dataset));
}
find(".menu").addEventListener("click", ({ target }) => target.closest("button") && close());
document.addEventListener("click", ({ target }) => {
  if (!menu.contains(target)) menu.open = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  event.stopPropagation(); // nothing else is to be closed
  close();
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "c" || !isPlainKey(event) || event.repeat || !current().page) return;
  event.preventDefault();
  copy("rich", event.shiftKey);
});

document.addEventListener("pl:text", () => {
  fetched = null; // it may be another text now
  drawParts();
});
let shown = "";
onValue(() => {
  const { page } = current();
  find(".copy-bar").hidden = !page;
  if (page !== shown) say("");
  shown = page;
});
