// The panels under the tabs, of which one is shown. Each is made by the module of the component in it.
const panels = new Map(); // by the name of the tab
let opened = "text";

// Makes a panel of the element that holds a component, and returns it; `onOpen` is called when its tab has been chosen.
export function addPanel(name, component, onOpen = () => {}) {
  const panel = component.closest(".tab-panel");
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `pl-${name}-tab`);
  panel.hidden = name !== opened;
  panels.set(name, { panel, onOpen });
  return panel;
}

export function openPanel(name) {
  opened = name;
  for (const [other, { panel }] of panels) panel.hidden = other !== name;
  panels.get(name)?.onOpen();
}
