// Gives a component's module what Gradio passes to the script that loads it (components.py): its element, its properties
// and functions that trigger events. Each component is on the page once, so its module runs once.
import { addFrench, LANGUAGES, language, translateMarkup } from "./language.js";

const mounted = new Map();
let received = 0;

// The number of the latest update: the answer to an event leaves out what came with it (sent_values.py). Another event may
// repeat an older one, so each is noted (view-bar.js); an event that is triggered while an update is drawn comes before that.
export function receivedUpdate() {
  received = Math.max(received, latest("view-bar")?.update ?? 0);
  return received;
}

export function mount(name, handles, french) {
  mounted.set(name, handles);
  handles.element.dataset.mounted = ""; // until then the component is hidden (frame.css)
  addFrench(french);
  if (language !== "en") [...handles.element.children].forEach(translateMarkup);
}

// A component's value; undefined until it is there. All components have the values of an update before the first is drawn.
export const latest = (name) => (mounted.has(name) ? component(name).current() : undefined);

export function component(name) {
  const { element, props, upload, watch, ...gradio } = mounted.get(name);
  // Whoever wants to know what the visitor does hears of it on `document`.
  const trigger = (event, data) => {
    gradio.trigger(event, { ...data, update: receivedUpdate() });
    document.dispatchEvent(new CustomEvent("pl:triggered", { detail: { name, event } }));
  };
  const find = (selector) => element.querySelector(selector);
  // The value arrives in a list: one entry, or at first one for each language; see updates.py.
  const current = () => props.value[LANGUAGES.indexOf(language)] ?? props.value[0];
  const onValue = (draw) => {
    watch("value", draw);
    draw();
  };
  return { element, props, trigger, upload, find, current, onValue };
}
