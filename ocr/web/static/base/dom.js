// DOM helpers shared by all components.
// Text from documents and models is only ever set as text or as an attribute's value.

const SVG = "http://www.w3.org/2000/svg";

export function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

export const el = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Splits a message at the command line's options in it: text, option, text, option, …, text.
export const splitOptions = (text) => text.split(/(--[a-z][a-z-]*)/);

// Sets a message; no line of it ends within an option, as it may after the hyphens (frame.css).
export function setMessage(node, text) {
  if (node.textContent === text) return;
  node.replaceChildren(...splitOptions(text).map((part, at) => (at % 2 ? el("span", { class: "option" }, part) : part)));
}

export function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

const NAME_END_CHARS = 10; // the end of a long name stays visible: scans of one day differ in their last digits

// Splits a name in two; the second part is always visible, and empty for a short name.
export function splitName(name) {
  const letters = [...name];
  const cut = letters.length > 2 * NAME_END_CHARS ? letters.length - NAME_END_CHARS : letters.length;
  return [letters.slice(0, cut).join(""), letters.slice(cut).join("")];
}

// Elements for a file's name in two parts, the first of which may be truncated (frame.css).
export function nameParts(name) {
  const [start, end] = splitName(name);
  return [el("span", { class: "start" }, start), el("span", {}, end)];
}

// The same for a button or a link, whose accessible name is the whole name.
export function drawName(node, name) {
  if (node.title === name) return;
  node.title = name;
  node.setAttribute("aria-label", name);
  node.replaceChildren(...nameParts(name));
}

// Keeps one child per item, identified by its key, so that focus and scroll positions are preserved.
export function reconcile(parent, items, key, make, update) {
  const kept = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let node = kept.get(name);
    kept.delete(name);
    if (!node) {
      node = make(item);
      node.dataset.key = name;
    }
    if (node !== place) parent.insertBefore(node, place);
    else place = place.nextElementSibling;
    update(node, item);
  }
  for (const node of kept.values()) node.remove();
}
