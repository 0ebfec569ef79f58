// The language: the visitor's choice in the masthead, else the first of the browser's that we have. See translation.py.
export const LANGUAGES = ["en", "fr"];
export const LANGUAGE = "pagelight-language";

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

export const language = chosenLanguage();
const french = {}; // what the components that are on the page say
const numbers = new Intl.NumberFormat(language);

export const addFrench = (words) => Object.assign(french, words);

// A text of ours in the visitor's language; each component brings its part of the catalogue (components.py).
// `{name}` stands for a value, `{name:,}` too: how numbers are written is the language's. Values are names and numbers,
// never looked up.
export const gettext = (english, values = {}) => translate(english, values, language);

export function translate(english, values, language) {
  const found = (language === "fr" && french[english]) || english;
  const text = Array.isArray(found) ? found[Number(values.count >= 2)] : found;
  const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);
  return text.replace(/{(\w+)(?::[^}]*)?}/g, (hole, name) => (name in values ? shown(values[name]) : hole));
}

// One thing or more: English has a text for each, French has both under the first.
export const ngettext = (one, many, count, values = {}) => gettext(language === "en" && count !== 1 ? many : one, { count, ...values });

// The texts of a skeleton, before anything else is in it.
export function tellSkeleton(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const english = node.data.replace(/\s+/g, " ").trim();
    if (english) node.data = node.data.replace(/\S(.*\S)?/s, () => gettext(english));
    return;
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) if (node.getAttribute(name)) node.setAttribute(name, gettext(node.getAttribute(name)));
  node.childNodes.forEach(tellSkeleton);
}
