// Lists the library, which is fetched beside Gradio's events (ocr/web/server/library_routes.py), and opens its documents.
import { component } from "../base/component.js";
import { el, nameParts, reconcile, setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext, language } from "../base/language.js";
import { followAddress, opened } from "./address.js";

const { props, trigger, find, current, onValue } = component("library");
const DEBOUNCE_MS = 250;
const REFRESH_MS = 3000; // another tab or a command line may have read something
const field = find("input");
const details = find("details");
const dismiss = find(".notice button");
const dates = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
let drawn = ""; // the latest list, as text
let list = { documents: [], hits: [], notice: "", limits: "", problem: "" };
let asked = 0; // counts the requests for the list, so that an answer that was overtaken is dropped
let timer;

const address = (path) => new URL(`library${path}`, document.baseURI);

async function refresh() {
  const turn = ++asked;
  const query = new URLSearchParams({ query: field.value.trim(), language });
  try {
    const response = await fetch(address(`?${query}`));
    const text = await response.text();
    if (!response.ok || turn !== asked || text === drawn) return;
    drawn = text;
    list = JSON.parse(text);
    draw();
  } catch {
    // the server does not answer, which other parts of the page say
  }
}

function open(id, page = 1, query = "") {
  trigger("open", { id, page, query });
}

function entry(item) {
  const picture = el("img", { alt: "", loading: "lazy", width: 36, height: 48, src: address(`/${item.thumbnail}`).href });
  picture.addEventListener("error", () => (picture.style.visibility = "hidden"));
  const button = el("button", { type: "button", class: "open", click: () => opened(item.id, open) }, picture, el("span", { class: "about" }, el("span", { class: "file-name" }), el("span", { class: "detail" }), el("span", { class: "detail" })));
  return el("li", {}, button, el("button", { type: "button", class: "remove", click: () => remove(item.id) }, "×"));
}

function drawEntry(node, item) {
  const [open, remove] = node.children;
  const [name, first, second] = open.querySelector(".about").children;
  const when = dates.format(1000 * item.read_at);
  open.title = item.name;
  setAttribute(open, "aria-label", [item.name, item.pages, item.state, item.model, when].filter(Boolean).join(", "));
  if (name.dataset.name !== item.name) name.replaceChildren(...nameParts(item.name));
  name.dataset.name = item.name;
  setText(first, [item.pages, when].join(" · "));
  setText(second, [item.state, item.model].filter(Boolean).join(" · "));
  setAttribute(open, "aria-current", item.id === current().shown ? "true" : null);
  setAttribute(remove, "aria-label", gettext("Delete {name} from the library", { name: item.name }));
  remove.title = gettext("Delete from the library");
}

function hit() {
  return el("li", {}, el("button", { type: "button", class: "open file-name" }), el("p", { class: "around" }, el("span"), el("mark"), el("span")));
}

function drawHit(node, item) {
  const [button, around] = node.children;
  const name = list.documents.find((one) => one.id === item.document)?.name ?? "";
  if (button.title !== name) button.replaceChildren(...nameParts(name), ` · ${item.label}`);
  button.title = name;
  setAttribute(button, "aria-label", `${name} · ${item.label}`);
  button.onclick = () => opened(item.document, (id) => open(id, item.page, item.matched || field.value.trim()));
  for (const [at, text] of [item.before, item.matched, item.after].entries()) setText(around.children[at], text);
}

function draw() {
  const wanted = field.value.trim().toLowerCase();
  const named = wanted ? list.documents.filter((one) => one.name.toLowerCase().includes(wanted)) : list.documents;
  setText(find(".count"), list.documents.length ? String(list.documents.length) : "");
  reconcile(find(".hits"), list.hits, (one) => `${one.document}-${one.page}`, hit, drawHit);
  reconcile(find(".entries"), named, (one) => one.id, entry, drawEntry);
  find(".problem").hidden = !list.problem;
  setMessage(find(".problem p"), list.problem);
  setText(find(".limits"), list.limits);
  setText(find(".notice span"), list.notice);
  dismiss.hidden = !list.notice;
  field.hidden = !list.documents.length;
  const nothing = wanted ? gettext("Nothing in the library matches.") : gettext("Documents that you read stay here, on this machine, until you delete them.");
  find(".empty").hidden = Boolean(list.problem) || named.length + list.hits.length > 0;
  setText(find(".empty"), nothing);
}

async function change(what) {
  const response = await fetch(address(`/${what}`), { method: "POST" }).catch(() => null);
  if (!response?.ok) setText(find(".deleted span"), (await response?.text()) || gettext("The server does not answer."));
  await refresh();
  return Boolean(response?.ok);
}

// ---- delete, and undo before that is final ----

const undo = find(".deleted button");
let latest = 0; // the document deleted last, while that can be undone
let forgetting;

async function remove(id) {
  const { name } = list.documents.find((one) => one.id === id);
  if (!(await change(`${id}/delete`))) return;
  latest = id;
  undo.hidden = false;
  setText(find(".deleted span"), gettext("{name} was deleted.", { name }));
  undo.focus();
  clearTimeout(forgetting);
  forgetting = setTimeout(forget, 1000 * props.undo_s - 500);
}

function forget() {
  latest = 0;
  if (document.activeElement === undo) field.focus();
  undo.hidden = true;
  setText(find(".deleted span"), "");
}

undo.addEventListener("click", async () => {
  clearTimeout(forgetting);
  const id = latest;
  forget();
  await change(`${id}/undo`);
});

dismiss.addEventListener("click", async () => {
  find("summary").focus(); // the button goes
  await change("notice/dismiss");
});

// ---- refresh ----

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, DEBOUNCE_MS);
  draw();
});
details.addEventListener("toggle", () => details.open && refresh());
document.addEventListener("visibilitychange", () => !document.hidden && details.open && refresh());

let kept = -1;
if (props.on) {
  find(".library").hidden = false;
  details.open = matchMedia("(min-width: 901px)").matches;
  setInterval(() => !document.hidden && details.open && refresh(), REFRESH_MS);
  const follow = followAddress(open, (id) => trigger("closed", { id }));
  onValue(() => {
    const value = current();
    follow(value);
    if (value.kept !== kept) refresh();
    kept = value.kept;
    draw();
  });
}
