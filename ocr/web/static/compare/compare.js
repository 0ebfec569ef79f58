// Two readings of the current page. They are sent only while the tab is open; see ocr/web/views/comparison.py.
import { setColumns } from "../base/columns.js";
import { component } from "../base/component.js";
import { el, reconcile, setAttribute, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isPlainKey } from "../base/shortcuts.js";
import { addPanel } from "../base/tab-panels.js";
import { drawGrowing, drawRows, drawSteps, go, rows } from "./compare-rows.js";

const { element, trigger, find, current, onValue } = component("compare");
addPanel("compare", element);
const MIN_TWO_COLUMNS_PX = 520;
const compare = find(".compare");
const views = [...element.querySelectorAll("[data-view]")];
let view = null; // the visitor's choice; until then it depends on the width
let drawn = ""; // what the rows are drawn from
let asked = false; // whether the server has been told that this tab is open

const shownAs = () => view ?? (compare.clientWidth >= MIN_TWO_COLUMNS_PX ? "two" : "one");
const visible = () => compare.offsetParent !== null;

function drawSide(letter, number, value) {
  const side = find(`.side.${letter}`);
  const select = side.querySelector("select");
  const models = value.readings.map(({ name }) => name);
  const isOnlyOne = (name) => models.indexOf(name) === models.lastIndexOf(name); // its settings stand below the list
  const options = value.readings.map(({ number, name, how }) => ({
    number,
    name: [number, name, isOnlyOne(name) ? "" : how].filter(Boolean).join(" · "),
  }));
  if (!number) options.push({ number: 0, name: value.state === "reading" ? gettext("being read now") : gettext("about to be read") });
  reconcile(select, options, (one) => one.number, (one) => el("option", { value: one.number }), (node, one) => setText(node, one.name));
  if (select.value !== String(number)) select.value = String(number);
  select.disabled = Boolean(value.state);
  const one = value.readings.find((one) => one.number === number);
  setText(side.querySelector(".took"), one ? [one.how, one.took].filter(Boolean).join(" · ") : "");
  side.querySelector(".own").hidden = number !== value.own;
  side.querySelector(".keep").hidden = !number || number === value.own || Boolean(value.state);
}

function drawPair(value) {
  drawSide("a", value.a, value);
  drawSide("b", value.b, value);
  setText(find(".said"), value.said);
  for (const button of views) setAttribute(button, "aria-pressed", String(button.dataset.view === shownAs()));
  compare.classList.toggle("two", shownAs() === "two");
  const key = `${value.key || `${value.page} grows`} ${shownAs()}`;
  if (drawn !== key) {
    rows.replaceChildren();
    if (!value.state) drawRows(JSON.parse(value.rows), shownAs());
  }
  if (value.state) drawGrowing(value.first, value.text, shownAs());
  drawn = key;
  drawSteps();
}

const press = (label, click, primary) =>
  el("button", { type: "button", class: primary ? "small-button primary" : "small-button", click }, label);

function drawNone(value) {
  const [one] = value.readings;
  const never = one ? "" : value.state ? gettext("This page is being read for the first time") : gettext("This page has not been read yet");
  setText(find(".none h2"), never || gettext("This page has been read only once"));
  setText(find(".why"), `${one ? gettext("Read it again with another model or other settings:") : gettext("Read it, then read it again with another model or other settings:")} ${gettext("both texts are then shown here side by side, with their differences marked. Nothing is lost: you choose which one to keep.")}`);
  setText(find(".so-far"), one ? [one.name, one.how, one.took].filter(Boolean).join(" · ") : "");
  const offers = find(".offers");
  const key = `${value.page} ${value.act} ${value.offers.map((offer) => offer.label)}`;
  if (offers.dataset.for === key) return;
  offers.dataset.for = key;
  const { page } = value;
  const first = press(gettext("Read this page"), () => document.dispatchEvent(new CustomEvent("pl-read-page", { detail: page })), true);
  const again = value.offers.map(({ label, ...how }, at) => press(label, () => trigger("read_again", { page, ...how }), at === 0));
  offers.replaceChildren(...(!value.act ? [] : one ? [...again, press(gettext("Other settings…"), another)] : [first]));
}

function draw() {
  const value = current();
  compare.classList.toggle("open", value.open);
  setColumns("compare", value.open);
  asked = asked && !value.open;
  if (!value.open && !asked && visible()) {
    asked = true; // the tab is open here, and another tab of this visitor has closed it
    trigger("open");
  }
  const pair = Boolean(value.b || (value.state && value.a));
  find(".none").hidden = !value.page || pair;
  find(".pair").hidden = !pair;
  if (pair) drawPair(value);
  else {
    rows.replaceChildren();
    drawn = "";
    if (value.page) drawNone(value);
  }
}

// Opens the menu in the note above; the click that opens it must not close it at once.
const another = () => setTimeout(() => document.dispatchEvent(new CustomEvent("pl-read-again")));
for (const letter of ["a", "b"]) {
  const side = find(`.side.${letter}`);
  side.querySelector("select").addEventListener("change", () => {
    const [a, b] = [...element.querySelectorAll(".side select")].map((select) => Number(select.value));
    trigger("pick", { a, b });
  });
  side.querySelector(".keep").addEventListener("click", () => trigger("restore", { number: current()[letter] }));
}
for (const button of views) {
  button.addEventListener("click", () => {
    view = button.dataset.view;
    draw();
  });
}

function step(by) {
  go(by);
  drawSteps();
}
find(".before").addEventListener("click", () => step(-1));
find(".after").addEventListener("click", () => step(1));
document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event) || !["n", "p"].includes(event.key) || !visible()) return;
  event.preventDefault();
  step(event.key === "n" ? 1 : -1);
});
new ResizeObserver(() => current().open && draw()).observe(compare);

onValue(draw);
