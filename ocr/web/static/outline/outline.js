// The headings of the document that is shown. They are fetched while the outline is open, only those that are new
// (ocr/web/server/outline_route.py); whoever shows text hears of the one that was chosen: `pl:heading` {page, paragraph}.
import { setColumns } from "../base/columns.js";
import { component } from "../base/component.js";
import { setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { drawCurrent, drawHeadings } from "./outline-list.js";

const { find, current, onValue } = component("outline");
const REST_MS = 500; // between two requests while pages arrive
const details = find("details");
let known = { key: "", document: -1, revision: 0, pages: new Map() }; // number of a page → its headings
let busy = false;

async function fetchNew({ key, document: number, revision }) {
  const body = JSON.stringify({ key, document: number, revision });
  const response = await fetch(new URL("outline", document.baseURI), { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function refresh() {
  const { document: number, revision, count } = current();
  if (!count) return; // other components may not be there yet
  const { key } = component("control").current();
  if (known.key !== key || known.document !== number) {
    known = { key, document: number, revision: 0, pages: new Map() };
    draw();
  }
  if (busy || !details.open || known.revision >= revision) return;
  busy = true;
  const asked = known;
  try {
    const answer = await fetchNew(asked);
    if (asked === known) take(answer);
    setTimeout(again, REST_MS);
  } catch {
    busy = false; // asked again at the next change
  }
}

function again() {
  busy = false;
  refresh();
}

function take({ revision, pages }) {
  known.revision = revision;
  for (const [number, headings] of pages) known.pages.set(number, headings);
  draw();
}

function draw() {
  const all = [...known.pages].sort(([one], [other]) => one - other);
  drawHeadings(
    known.document,
    all.flatMap(([number, headings]) => headings.map(([level, paragraph, text]) => ({ number, level, paragraph, text }))),
  );
  drawCurrent(current().shown);
}

find("summary").addEventListener("click", () => setColumns("outline", !details.open)); // in the frame in which it opens
details.addEventListener("toggle", () => {
  setColumns("outline", details.open);
  refresh();
});
details.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !details.open) return;
  event.stopPropagation(); // a pinned region stays
  details.open = false;
  find("summary").focus();
});
onValue(() => {
  const { count, full, shown } = current();
  find(".outline").hidden = !count;
  setColumns("headings", count > 0);
  setText(find(".told"), full ? gettext("There are more than {count} headings; the others are left out.", { count }) : "");
  refresh();
  drawCurrent(shown);
});
