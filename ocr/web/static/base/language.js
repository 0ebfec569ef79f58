// The language: the visitor's choice, else the first of the browser's languages that is available. See translation.py.
import { preferred } from "./preferences.js";

export const LANGUAGES = ["en", "fr"];

function chosenLanguage() {
  const chosen = preferred("language");
  if (LANGUAGES.includes(chosen)) return chosen;
  const known = navigator.languages.map((one) => one.slice(0, 2).toLowerCase()).filter((one) => LANGUAGES.includes(one));
  return known[0] ?? "en";
}

export const language = chosenLanguage();
const french = {}; // the catalogue entries of the components on the page
const numbers = new Intl.NumberFormat(language);

export const addFrench = (words) => Object.assign(french, words);

// A text in the visitor's language; each component brings its part of the catalogue (components.py). `{name}` and
// `{name:,}` are replaced by values, which are not translated; numbers are formatted as usual in the language.
export const gettext = (english, values = {}) => translate(english, values, language);

export function translate(english, values, language) {
  const found = (language === "fr" && french[english]) || english;
  const text = Array.isArray(found) ? found[Number(values.count >= 2)] : found;
  const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);
  return text.replace(/{(\w+)(?::[^}]*)?}/g, (hole, name) => (name in values ? shown(values[name]) : hole));
}

// A text that depends on a number. The singular is the key of the French catalogue.
export const ngettext = (one, many, count, values = {}) => gettext(language === "en" && count !== 1 ? many : one, { count, ...values });

// Translates a component's markup, before any data is in it.
export function translateMarkup(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const english = node.data.replace(/\s+/g, " ").trim();
    if (english) node.data = node.data.replace(/\S(.*\S)?/s, () => gettext(english));
    return;
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) if (node.getAttribute(name)) node.setAttribute(name, gettext(node.getAttribute(name)));
  node.childNodes.forEach(translateMarkup);
}
