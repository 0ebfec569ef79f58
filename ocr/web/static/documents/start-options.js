// How a document that is added is to be read at once, as the component with the options says (auto-start.js); else nothing.
export function startOptions() {
  const detail = {};
  document.dispatchEvent(new CustomEvent("pl-adding", { detail }));
  return detail;
}
