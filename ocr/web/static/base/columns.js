// What decides how the columns are arranged, as attributes of #pl-columns that the style sheets select. A rule with `:has()` and
// what lies below it would have the browser look at the buttons of a long page list anew with each change in any of the columns.
import { setAttribute } from "./dom.js";

// Sets an attribute to a word, or to nothing for `true`; takes it away for `false`.
export function setColumns(name, value) {
  setAttribute(document.querySelector("#pl-columns"), `data-${name}`, value === true ? "" : value || null);
}
