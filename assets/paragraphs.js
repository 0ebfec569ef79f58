// Paragraphs of page text, for the parts that show some. Their HTML was made safe by the server (ocr/render); one that
// has not changed is left as it stands, so that nothing flickers, selections stay and images are not fetched again.
const html = new WeakMap(); // paragraph → the HTML it was made from

function drawParagraphs(parent, paragraphs) {
  while (parent.children.length > paragraphs.length) parent.lastElementChild.remove();
  while (parent.children.length < paragraphs.length) parent.append(el("div", { class: "paragraph" }));
  paragraphs.forEach(({ regions, html: source }, index) => {
    const node = parent.children[index];
    setAttribute(node, "data-regions", regions.length ? regions.join(" ") : null);
    if (html.get(node) === source) return;
    html.set(node, source);
    node.innerHTML = source;
  });
  document.dispatchEvent(new CustomEvent("pl:text"));
}
