// The field of the pages to read, which the page list fills in too.
import { component } from "../base/component.js";
import { setAttribute } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { choice, counts, typeRange } from "../base/page-choice.js";

const { find } = component("control");
const field = find(".pages");

function drawField() {
  const { text, ranges } = choice();
  if (field.value !== text) field.value = text;
  const hint = ranges.length ? gettext("{count} of {all}, see the page list", counts()) : gettext("all, or 1,3-5,8-");
  setAttribute(field, "placeholder", hint);
}

field.addEventListener("input", () => typeRange(field.value));
document.addEventListener("pl:choice", drawField);

// What a press of Read sends: a range for all documents, or one for each that has pages to read.
export function askedPages() {
  const { text, ranges } = choice();
  return { pages: text, ranges: ranges.filter(([, range]) => range) };
}
