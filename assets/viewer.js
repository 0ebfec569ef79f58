const image = find(".sheet img");
const regions = find(".regions");
const drawn = []; // what each region on the page was drawn from

const per = (number) => `${number / 10}%`;
const choose = (page) => () => page() && trigger("chosen", { page: page() });
find(".before").addEventListener("click", choose(() => current().before));
find(".after").addEventListener("click", choose(() => current().after));
find(".switch input").addEventListener("change", (event) => find(".sheet").classList.toggle("bare", !event.target.checked));

function region({ label, kind, box: [left, top, right, bottom] }) {
  const tag = svg(
    "svg",
    { class: "tag", x: per(left), y: per(top), overflow: "visible" },
    svg("rect", { y: top > 20 ? -11 : 0, width: 5.42 * label.length + 6, height: 11, rx: 2 }),
    svg("text", { x: 3, y: top > 20 ? -3 : 8 }, label),
  );
  return svg(
    "g",
    { class: `region kind-${kind}`, role: "img", "aria-label": label },
    svg("rect", { class: "box", x: per(left), y: per(top), width: per(right - left), height: per(bottom - top), rx: 2 }),
    tag,
  );
}

// Regions are only ever added while a page is read: what is drawn stays, so that nothing flickers under the pointer.
function drawRegions(list) {
  const wanted = list.map((one) => JSON.stringify(one));
  let same = 0;
  while (same < drawn.length && drawn[same] === wanted[same]) same++;
  while (drawn.length > same) {
    regions.lastElementChild.remove();
    drawn.pop();
  }
  for (let index = same; index < list.length; index++) {
    regions.append(region(list[index]));
    drawn.push(wanted[index]);
  }
}

onValue(() => {
  const value = current();
  find(".empty").hidden = Boolean(value.id);
  find(".sheet").hidden = !value.image;
  find(".bar").classList.toggle("idle", !value.id);
  setText(find(".title"), value.title);
  setText(find(".place"), value.place ?? "");
  find(".before").disabled = !value.before;
  find(".after").disabled = !value.after;
  if (value.image) {
    find(".sheet").style.aspectRatio = `${value.width} / ${value.height}`;
    find(".sheet").style.setProperty("--ratio", value.width / value.height);
    setAttribute(image, "src", value.image);
    setAttribute(image, "alt", value.title);
  }
  drawRegions(value.regions);
});
