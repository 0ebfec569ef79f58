// What has been read, once nothing is being read any more: its figures, the pages that need a look, and the download.
import { component } from "../base/component.js";
import { drawName, el, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { prefer, preferred } from "../base/preferences.js";
import { requestKey } from "../base/request-key.js";

const FORMAT = "download-format";
const ANSWER_MS = 60_000; // then the visitor may choose again; a file that comes later is downloaded all the same
const NEEDS = { pdf: gettext("Needs ocrmypdf on the machine that runs Pagelight"), docx: gettext("Needs pandoc on the machine that runs Pagelight"), "training-parquet": gettext("Needs pyarrow on the machine that runs Pagelight") };
const { props, trigger, find, current } = component("control");
const download = find(".download");
const menu = find(".take");
const onlyPage = menu.querySelector("input");
let awaited = null; // {request, urls, timer, late}: the download that was requested, the URLs of those that existed then, and whether to wait no longer

// A format is written when it is requested, and downloaded as soon as it is among the downloads.
function take(format) {
  prefer(FORMAT, format);
  clearTimeout(awaited?.timer);
  awaited = { request: requestKey(), urls: new Set(current().downloads.map((made) => made.url)), timer: setTimeout(waitNoLonger, ANSWER_MS), late: false };
  trigger("download", { format, page: onlyPage.checked, request: awaited.request });
  drawDownload(current());
}

// No answer comes where the request was lost on the way, or where another tab of the visitor has requested a file since.
function waitNoLonger() {
  awaited.late = true;
  drawDownload(current());
}

// The format that was taken last, if it can be made here.
function favourite() {
  const ready = props.formats.filter((one) => one.ready);
  return ready.find((one) => one.format === preferred(FORMAT)) ?? ready[0];
}

function choice({ format, label, use, ready }) {
  const [name, line] = [`pl-format-${format}`, `pl-format-${format}-use`];
  return el(
    "button",
    { type: "button", "aria-labelledby": name, "aria-describedby": line, "data-missing": !ready, click: () => take(format) },
    el("b", { id: name }, gettext(label)),
    el("span", { id: line }, ready ? gettext(use) : NEEDS[format]),
  );
}

find(".formats").append(...props.formats.map(choice));
download.addEventListener("click", () => take(favourite().format));
find(".look").addEventListener("click", () => trigger("chosen", { page: current().result.look_page }));

function drawDownload(value) {
  const ended = awaited?.request === value.downloaded;
  const made = ended && value.downloads.find(({ url }) => url && !awaited.urls.has(url));
  if (awaited && (ended || value.busy)) {
    clearTimeout(awaited.timer);
    awaited = null; // a run takes away what it will write anew
  }
  const waits = awaited !== null && !awaited.late;
  const there = Boolean(value.result.name);
  download.hidden = menu.hidden = !there;
  download.classList.toggle("primary", there && !value.left);
  setText(download, gettext("Download {format}", { format: gettext(favourite().label) }));
  download.disabled = waits;
  for (const button of find(".formats").children) button.disabled = waits || "missing" in button.dataset;
  find(".late").hidden = !awaited?.late;
  if (made) el("a", { href: made.url, download: made.name }).click();
}

export function drawResult(value) {
  const { name, figures, look } = value.result;
  find(".result").classList.toggle("card", Boolean(name));
  find(".result .file-name").hidden = !name;
  if (name) drawName(find(".result .file-name"), name);
  find(".result .figures").hidden = !figures;
  setText(find(".result .figures"), figures);
  find(".look").hidden = !look;
  setText(find(".look"), look);
  drawDownload(value);
}
