// The pages that the document's text shows. While it is looked at, the server sends their paragraphs with it alone, also those
// of the page that is shown by itself. `pl:document-pages` is dispatched on `document` when there are others, or other text.
let pages = [];

export function setDocumentPages(value) {
  pages = value;
  document.dispatchEvent(new Event("pl:document-pages"));
}

// The paragraphs of a page; undefined where the document's text does not show it.
export const paragraphsInDocument = (page) => pages.find((one) => one.page === page)?.paragraphs;
