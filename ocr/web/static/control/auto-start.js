// Documents are read as soon as they are added, with the options beside Read, unless the visitor has switched that off.
import { component } from "../base/component.js";
import { choice } from "../base/page-choice.js";
import { prefer, preferred } from "../base/preferences.js";
import { asked, pickedModel } from "./options.js";

const PREFERENCE = "start-at-once";
const { props, find } = component("control");
const start = find(".start input");

find(".start").hidden = !props.auto_start;
start.checked = preferred(PREFERENCE) !== "no";
start.addEventListener("change", () => prefer(PREFERENCE, start.checked ? "yes" : "no"));

// The event that adds a document says how it is to be read (documents.js).
document.addEventListener("pl-adding", ({ detail }) => {
  if (!props.auto_start || !start.checked || pickedModel()?.served === false) return;
  const { text, listed } = choice();
  Object.assign(detail, asked(), { start: true, pages: listed ? "" : text, ranges: [] }); // the page list chose of other documents
});
