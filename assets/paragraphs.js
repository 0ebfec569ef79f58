// Paragraphs of page text, for the parts that show some. Their HTML was made safe by the server (ocr/render); one that
// has not changed is left as it stands, so that nothing flickers, selections stay and images are not fetched again.
const html = new WeakMap(); // paragraph → the HTML it was made from

// What is wider than the paper can be scrolled with the keys. All is measured first, then changed: one layout is enough.
function makeReachable(nodes) {
  const wide = nodes.flatMap((node) => [...node.querySelectorAll("table, pre, math[display=block]")]);
  const over = wide.map((part) => part.scrollWidth > part.clientWidth);
  wide.forEach((part, index) => setAttribute(part, "tabindex", over[index] ? "0" : null));
}

function drawParagraphs(parent, paragraphs) {
  while (parent.children.length > paragraphs.length) parent.lastElementChild.remove();
  while (parent.children.length < paragraphs.length) parent.append(el("div", { class: "paragraph", lang: "" }));
  const changed = paragraphs.flatMap(({ regions, html: source }, index) => {
    const node = parent.children[index];
    setAttribute(node, "data-regions", regions.length ? regions.join(" ") : null);
    if (html.get(node) === source) return [];
    html.set(node, source);
    node.innerHTML = source;
    return [node];
  });
  makeReachable(changed);
  if (changed.length) document.dispatchEvent(new CustomEvent("pl:text"));
}
