// The button at the table or formula under the pointer, which copies it. It is for pointers only: the menu copies them too.
import { setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { partAt } from "./parts.js";

const HIDE_MS = 300; // the pointer leaves a formula on its way to the button
const OVERLAP_PX = 4;

export function followPointer(button, copy) {
  let part = null;
  let hiding = 0;

  function hide() {
    button.hidden = true;
    part = null;
  }

  function place() {
    const [inner, outer, own] = [part, part.closest(".tab-panel"), button.parentElement].map((node) => node.getBoundingClientRect());
    const top = Math.max(inner.top - button.offsetHeight + OVERLAP_PX, outer.top);
    const left = Math.max(Math.min(inner.right, outer.right) - button.offsetWidth, outer.left);
    button.style.top = `${top - own.top}px`; // what appears above the text moves both
    button.style.left = `${left - own.left}px`;
  }

  function show(node) {
    if (node === part) return;
    part = node;
    button.hidden = false;
    setText(button, node.localName === "table" ? gettext("Copy table") : gettext("Copy LaTeX"));
    place();
  }

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    clearTimeout(hiding);
    if (button.contains(target)) return;
    const node = partAt(target);
    if (node) show(node);
    else if (part) hiding = setTimeout(hide, pointerType === "touch" ? 0 : HIDE_MS);
  });
  function follow({ target }) {
    if (!part || target === document || !target.contains(part)) return;
    if (part.matches(":hover")) place();
    else hide();
  }

  document.addEventListener("scroll", follow, true);
  document.addEventListener("pl:text", () => part && !part.isConnected && hide());
  button.addEventListener("click", () => {
    if (part.isConnected) copy(part); // a text that is taken away is not always followed by "pl:text"
    hide();
  });
}
