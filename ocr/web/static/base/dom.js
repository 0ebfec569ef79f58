// Shared by the scripts of all components, which run as the body of a function each.
// Text from documents and models is only ever set as text or as an attribute's value.

const SVG = "http://www.w3.org/2000/svg";

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

const el = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);
const find = (selector) => element.querySelector(selector);

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

const NAME_END = 10; // characters of a long name that are always seen: scans of one day differ in their last digits

// A file's name in two parts, the first of which may be cut short (frame.css).
function nameParts(name) {
  const letters = [...name];
  const cut = letters.length > 2 * NAME_END ? letters.length - NAME_END : letters.length;
  return [el("span", { class: "start" }, letters.slice(0, cut).join("")), el("span", {}, letters.slice(cut).join(""))];
}

// The same for a button or a link, which is heard and pointed at by its whole name.
function drawName(node, name) {
  if (node.title === name) return;
  node.title = name;
  node.setAttribute("aria-label", name);
  node.replaceChildren(...nameParts(name));
}

// One child for each item, made once and kept for its key, so that focus and scroll stay where they are.
function reconcile(parent, items, key, make, update) {
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

// The language: the visitor's choice in the masthead, else the first of the browser's that we have. See translation.py.
const LANGUAGES = ["en", "fr"];
const LANGUAGE = "pagelight-language";

function chosenLanguage() {
  try {
    const chosen = localStorage.getItem(LANGUAGE);
    if (LANGUAGES.includes(chosen)) return chosen;
  } catch {
    // storage is switched off: the browser's languages hold
  }
  const known = navigator.languages.map((one) => one.slice(0, 2).toLowerCase()).filter((one) => LANGUAGES.includes(one));
  return known[0] ?? "en";
}

const language = chosenLanguage();
const numbers = new Intl.NumberFormat(language);

// A text of ours in the visitor's language, from `french` (see components.py). `{name}` stands for a value, `{name:,}` too:
// how numbers are written is the language's. Values are names and numbers, never looked up.
function t(english, values = {}) {
  const found = (language === "fr" && french[english]) || english;
  const text = Array.isArray(found) ? found[Number(values.count >= 2)] : found;
  const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);
  return text.replace(/{(\w+)(?::[^}]*)?}/g, (hole, name) => (name in values ? shown(values[name]) : hole));
}

// One thing or more: English has a text for each, French has both under the first.
const tally = (one, many, count, values = {}) => t(language === "en" && count !== 1 ? many : one, { count, ...values });

// The skeleton's own texts. Nothing else is in it yet.
function tellSkeleton(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const english = node.data.replace(/\s+/g, " ").trim();
    if (english) node.data = node.data.replace(/\S(.*\S)?/s, () => t(english));
    return;
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) if (node.getAttribute(name)) node.setAttribute(name, t(node.getAttribute(name)));
  node.childNodes.forEach(tellSkeleton);
}
if (language !== "en") [...element.children].forEach(tellSkeleton);

// The value comes in a list of one, at first of one for each language; see updates.py.
const current = () => props.value[LANGUAGES.indexOf(language)] ?? props.value[0];

function onValue(draw) {
  watch("value", draw);
  draw();
}

