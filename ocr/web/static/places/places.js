// Steps through the places where the text and the pages disagree, over all pages of the document. The selected one is
// shown by the text and the viewer too: `pl:finding` {index, from} on the document, an index in the page's places.
import { component } from "../base/component.js";
import { setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isPlainKey, isTyping } from "../base/shortcuts.js";

const { trigger, find, current, onValue } = component("places");
let page = "";
let selected = null; // index in the places of the page that is shown
let entering = 0; // 1: another page comes, and its first place is selected; -1: its last
let resume = null; // the index to go on at when the page's places are known again

function tell() {
  document.dispatchEvent(new CustomEvent("pl:finding", { detail: { index: selected, from: "places" } }));
}

function select(index) {
  resume = null;
  if (index === selected) return;
  selected = index;
  draw();
  tell();
}

function step(by) {
  const { places, pages } = current();
  const next = selected === null ? (by > 0 ? 0 : places.length - 1) : selected + by;
  if (places[next]) {
    select(next);
    return;
  }
  const order = pages.map(([name]) => name);
  if (!order.length) return;
  const other = neighbour(order, by);
  if (other === page) {
    select(by > 0 ? 0 : places.length - 1);
    return;
  }
  entering = by;
  document.dispatchEvent(new Event("pl:to-place")); // the text is needed as soon as the page is there
  trigger("chosen", { page: other });
}

// The next page with places after the one that is shown, or before it; round the end.
function neighbour(order, by) {
  const number = (name) => Number(name.split("-")[1]);
  const beyond = order.filter((name) => (number(name) - number(page)) * by > 0);
  return by > 0 ? (beyond[0] ?? order[0]) : (beyond.at(-1) ?? order.at(-1));
}

// The selected place's number among all of the document.
function position({ pages }) {
  let before = 0;
  for (const [name, count] of pages) {
    if (name === page) break;
    before += count;
  }
  return before + selected + 1;
}

function draw() {
  const value = current();
  const total = value.pages.reduce((sum, [, count]) => sum + count, 0);
  const place = selected === null ? null : value.places[selected];
  find(".places").hidden = !(value.summary || value.note || value.unchecked || value.checking || value.undo || value.redo);
  find(".first").hidden = !total;
  setText(find(".first"), total ? value.summary : "");
  setText(find(".summary"), total ? "" : value.checking ? gettext("Comparing words…") : value.summary || value.note);
  find(".summary").title = value.note;
  find(".steps").hidden = !total;
  setText(find(".at"), place ? gettext("{at} of {all}", { at: position(value), all: total }) : "");
  find(".check").hidden = !value.unchecked;
  find(".undo").hidden = !value.undo;
  find(".redo").hidden = !value.redo;
  find(".card").hidden = !place;
  if (place) drawCard(place);
}

function drawCard(place) {
  setText(find(".what"), place.what);
  for (const [part, text] of [["text", place.text], ["page", place.page_text]]) {
    find(`.of-${part}`).hidden = !text;
    setText(find(`.of-${part} dd`), text);
  }
  find(".take").hidden = !place.take;
  setText(find(".take"), place.take);
}

// The selected place, about which something is done; the one that follows it comes next.
function handled() {
  resume = selected;
  return { page, place: current().places[selected].id };
}
find(".first").addEventListener("click", () => step(1));
find(".before").addEventListener("click", () => step(-1));
find(".after").addEventListener("click", () => step(1));
find(".take").addEventListener("click", () => trigger("take", handled()));
find(".dismiss").addEventListener("click", () => trigger("dismiss", handled()));
find(".undo").addEventListener("click", () => trigger("undo", { page }));
find(".redo").addEventListener("click", () => trigger("redo", { page }));
find(".check").addEventListener("click", () => trigger("check", { page }));
find(".close").addEventListener("click", () => select(null));

const comparing = () => document.querySelector("#pl-compare")?.getClientRects().length > 0; // n and p are its own then
document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event) || comparing()) return;
  if (event.key === "Escape" && selected !== null) select(null);
  else if (event.key === "n" || event.key === "p") step(event.key === "n" ? 1 : -1);
});
document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey && current().undo) trigger("undo", { page });
  else if ((key === "y" || (key === "z" && event.shiftKey)) && current().redo) trigger("redo", { page });
  else return;
  event.preventDefault();
});
document.addEventListener("pl:finding", ({ detail: { index, from } }) => {
  if (from === "places" || index === selected) return;
  selected = current().places[index] ? index : null;
  draw();
});

let shown = ""; // the ids of the places that were drawn
onValue(() => {
  const { places, page: now, checking } = current();
  const ids = places.map(({ id }) => id).join(" ");
  if (now !== page) {
    page = now;
    selected = entering && places.length ? (entering > 0 ? 0 : places.length - 1) : null;
    [entering, resume] = [0, null];
  } else if (ids !== shown) {
    selected = places[resume ?? -1] ? resume : null;
    if (!checking) resume = null;
  } else {
    draw();
    return;
  }
  shown = ids;
  draw();
  setTimeout(tell); // when the other components have their new values too
});
