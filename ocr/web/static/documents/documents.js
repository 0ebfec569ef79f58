import { component } from "../base/component.js";
import { drawName, el, reconcile, setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { arePhotos, offerToJoin } from "./join-photos.js";
import { startOptions } from "./start-options.js";

const { props, trigger, upload, find, current, onValue } = component("documents");
const uploading = []; // files being uploaded, and failed uploads: {key, name, detail, problem, next}
let serial = 0;

async function send(files) {
  const rows = [...files].map((file) => ({ file, key: `u${serial++}`, name: file.name, detail: gettext("uploading…"), problem: "", next: "", first: "" }));
  const photos = arePhotos([...files]);
  const arrived = [];
  uploading.push(...rows);
  draw();
  for (const row of rows) {
    if (!uploading.includes(row)) continue; // it was removed from the list
    if (row.file.size > props.limit_mb * 1e6) {
      Object.assign(row, { detail: "", problem: gettext("Larger than {limit} MB.", { limit: props.limit_mb }), next: gettext("Split the document or reduce its size.") });
    } else {
      try {
        const { path } = await upload(row.file);
        if (!uploading.includes(row)) continue; // removed while it was uploaded
        arrived.push({ upload: path, name: row.name }); // not called `path`, which Gradio would handle as its own file
        if (photos) Object.assign(row, { detail: gettext("waiting for your choice"), waiting: true });
        else {
          trigger("added", { ...startOptions(), files: arrived.splice(0) });
          uploading.splice(uploading.indexOf(row), 1);
        }
      } catch (error) {
        const [, refused] = /HTTP \d{3}: ([^<{]+)$/.exec(error?.message) ?? []; // the server's reason, and what to do
        Object.assign(row, { detail: "", problem: refused ?? gettext("The upload failed."), next: refused ? "" : gettext("Try again.") });
      }
    }
    draw();
  }
  if (arrived.length > 1) {
    offerToJoin(arrived, () => forget(rows));
  } else if (arrived.length) {
    trigger("added", { ...startOptions(), files: arrived });
    forget(rows);
  }
}

// The photos among these files are no longer uploads: what was to become of them has been chosen.
function forget(rows) {
  for (const row of rows.filter(({ waiting }) => waiting)) uploading.splice(uploading.indexOf(row), 1);
  draw();
}

function row(file) {
  const remove = () => {
    const own = uploading.findIndex((one) => one.key === file.key);
    if (own < 0) trigger("removed", { key: file.key });
    else uploading.splice(own, 1);
    draw();
  };
  const show = () => trigger("chosen", { page: current().files.find((one) => one.key === file.key).first });
  return el(
    "li",
    {},
    el("div", { class: "head" }, el("span", { class: "badge", role: "img", hidden: true }, el("i", { "aria-hidden": "true" })), el("button", { type: "button", class: "name file-name", click: show }), el("span", { class: "detail" }), el("button", { type: "button", class: "remove", click: remove }, "×")),
    el("p", { class: "problem error-message", role: "alert" }),
  );
}

function password(file) {
  const field = el("input", { type: "password", "aria-label": gettext("Password for {name}", { name: file.name }), placeholder: gettext("Password"), autocomplete: "off" });
  const unlock = (event) => {
    event.preventDefault();
    if (field.value) trigger("unlock", { ...startOptions(), key: file.key, password: field.value });
  };
  return el("form", { class: "unlock", submit: unlock }, field, el("button", { type: "submit" }, gettext("Unlock")));
}

function drawRow(node, file) {
  drawName(node.querySelector(".name"), file.name);
  node.querySelector(".name").disabled = !file.first;
  setText(node.querySelector(".detail"), file.detail);
  const badge = node.querySelector(".badge");
  badge.hidden = !file.state;
  setAttribute(badge, "class", `badge state-${file.state}`);
  for (const name of ["aria-label", "title"]) setAttribute(badge, name, file.state ? gettext(file.word) : null);
  const remove = node.querySelector(".remove");
  setAttribute(remove, "aria-label", gettext("Remove {name}", { name: file.name }));
  remove.hidden = current().busy || Boolean(file.waiting);
  node.classList.toggle("bad", Boolean(file.problem));
  const problem = node.querySelector(".problem");
  problem.hidden = !file.problem;
  setMessage(problem, [file.problem, file.next].filter(Boolean).join(" "));
  const form = node.querySelector("form");
  if (file.locked && !form) problem.after(password(file));
  else if (!file.locked && form) form.remove();
}

function draw() {
  const files = [...current().files, ...uploading];
  reconcile(find(".files"), files, (file) => file.key, row, drawRow);
  find(".documents").classList.toggle("filled", files.length > 0);
}

if (props.samples.length) find(".samples").append(gettext("Try:"));
for (const sample of props.samples) {
  const take = () => trigger("sample", { ...startOptions(), file: sample.file });
  const options = { type: "button", "aria-label": gettext("Sample: {name}", { name: gettext(sample.label) }), title: gettext(sample.about), click: take };
  find(".samples").append(el("button", options, gettext(sample.label)));
}

for (const input of [find(".drop:not(.photograph) input"), find(".camera")]) {
  input.addEventListener("change", () => {
    send(input.files);
    input.value = "";
  });
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("pl-dropping");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) document.body.classList.remove("pl-dropping");
});
document.addEventListener("drop", (event) => {
  document.body.classList.remove("pl-dropping");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  send(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) {
    event.preventDefault();
    send(event.clipboardData.files);
  }
});

onValue(draw);
