// The pages that the document's text shows. While it is looked at, the server sends their paragraphs with it alone, also those
// of the page that is shown by itself. `pl:document-pages` is dispatched on `document` when there are others, or other text.
import { latest } from "./component.js";

// The paragraphs of a page; undefined where the document's text does not show it, or is not there yet.
export const paragraphsInDocument = (page) => latest("document-text")?.pages.find((one) => one.page === page)?.paragraphs;
