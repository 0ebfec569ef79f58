const read = find(".read");
const stop = find(".stop");
read.addEventListener("click", () => trigger("read", asked()));
stop.addEventListener("click", () => trigger("stop"));
find(".again").addEventListener("click", () => trigger("again"));

function draw() {
  const value = current();
  drawOptions();
  setText(read, value.action);
  read.hidden = value.busy;
  read.disabled = !value.ready || pickedModel()?.served === false;
  stop.hidden = !value.busy;
  stop.disabled = value.stopping;
  setText(stop, value.stopping ? "Stopping…" : "Stop");
  const bar = find("progress");
  bar.hidden = !value.progress;
  bar.value = value.share;
  bar.classList.toggle("failed", value.failed);
  setText(find(".status"), value.progress);
  find(".problem").hidden = !value.problem;
  setText(find(".problem p"), [value.problem, value.next].filter(Boolean).join(" "));
  find(".again").hidden = !value.unreachable;
  reconcile(
    find(".downloads"),
    value.downloads,
    (download) => download.url,
    (download) => el("a", { href: download.url, download: download.name }, download.name),
    () => {},
  );
}

select.addEventListener("change", () => {
  picked = select.value;
  draw();
});
layout.addEventListener("change", draw);
onValue(draw);
