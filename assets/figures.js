// Page text names its figures, `data:…#0-2/figures/page-2-1.png`; their URLs come apart from it, see figures.py.
const BLANKS = "#pl-text img[src^='data:image/svg+xml,']";

function place() {
  const { urls } = current();
  for (const image of document.querySelectorAll(`${BLANKS}, #pl-text img[data-figure]`)) {
    image.dataset.figure ??= image.getAttribute("src").split("#")[1] ?? "";
    image.decoding = "sync"; // the text is set anew while it grows: the figure is not to flicker
    if (Object.hasOwn(urls, image.dataset.figure)) setAttribute(image, "src", urls[image.dataset.figure]);
  }
}

// all of the body, because the text may be put there after this
new MutationObserver(place).observe(document.body, { childList: true, subtree: true });
onValue(place);
