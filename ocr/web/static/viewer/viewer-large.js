// Shows a figure at window size; paragraphs.js requests it with `pl:large`.
import { component } from "../base/component.js";
import { setAttribute } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { nameOf } from "./label-names.js";

const { find, current } = component("viewer");
export const large = find(".large");

function showLarge(src, alt) {
  setAttribute(large.querySelector("img"), "src", src);
  setAttribute(large.querySelector("img"), "alt", alt);
  large.showModal(); // focus returns when it is closed
}

export function enlarge(index) {
  const one = current().regions[index];
  if (one?.figure) showLarge(one.figure, gettext("{what} on {page}", { what: nameOf(one.label), page: current().title }));
}

document.addEventListener("pl:large", ({ detail: { src, alt } }) => showLarge(src, alt));

find(".large .close").addEventListener("click", () => large.close());
large.addEventListener("click", ({ target }) => target === large && large.close()); // a click beside the image
