// The tabs over the text: the page's, the document's, the raw one, two readings beside each other.
import { component } from "../base/component.js";
import { openPanel } from "../base/tab-panels.js";

const { element, trigger, find } = component("tablist");
const tabs = [...element.querySelectorAll('[role="tab"]')];

// The server is told, which sends the document's text and a comparison only while they are looked at.
function tell(name) {
  if (name === "document-text") trigger("to_document");
  else if (name === "compare") trigger("to_comparison");
  else trigger("to_page");
}

function select(tab) {
  if (tab.getAttribute("aria-selected") === "true") return;
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  openPanel(tab.dataset.tab);
  tell(tab.dataset.tab);
}

// `pl:tab` tells that the visitor chose a tab, and not a script.
function choose(tab) {
  document.dispatchEvent(new CustomEvent("pl:tab"));
  select(tab);
}

for (const tab of tabs) tab.addEventListener("click", ({ isTrusted }) => (isTrusted ? choose(tab) : select(tab)));
find(".tablist").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = tabs.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  choose(tab);
});
