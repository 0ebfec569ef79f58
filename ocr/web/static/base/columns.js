// What decides how the columns are arranged, as attributes of #pl-columns that the style sheets select. A rule with `:has()` and
// what lies below it would have the browser look at the buttons of a long page list anew with each change in any of the columns.
export function setColumns(name, on) {
  document.querySelector("#pl-columns").toggleAttribute(`data-${name}`, on);
}
