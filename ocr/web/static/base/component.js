// How a component's module gets what Gradio hands to the script that loads it (components.py): its element, its
// properties, and ways to tell the server. Each component is on the page once, so its module runs once.
import { addFrench, LANGUAGES, language, tellSkeleton } from "./language.js";

const mounted = new Map();

export function mount(name, handles, french) {
  mounted.set(name, handles);
  handles.element.dataset.mounted = ""; // until then nothing of it is seen or pressed (frame.css)
  addFrench(french);
  if (language !== "en") [...handles.element.children].forEach(tellSkeleton);
}

export function component(name) {
  const { element, props, trigger, upload, watch } = mounted.get(name);
  const find = (selector) => element.querySelector(selector);
  // The value comes in a list of one, at first of one for each language; see updates.py.
  const current = () => props.value[LANGUAGES.indexOf(language)] ?? props.value[0];
  const onValue = (draw) => {
    watch("value", draw);
    draw();
  };
  return { element, props, trigger, upload, find, current, onValue };
}
