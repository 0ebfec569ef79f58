// What a layout label is called: its translation, or its own words where it has none ("page_number" is "page number").
import { gettext } from "../base/language.js";

export const wordsOf = (label) => label.replaceAll("_", " ");
export const nameOf = (label) => wordsOf(gettext(label));
