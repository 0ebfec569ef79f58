// The text of the current page, linked to its regions.
import { afterPaint } from "../base/after-paint.js";
import { component } from "../base/component.js";
import { paragraphsInDocument } from "../base/document-pages.js";
import { isAnother, pinWord, setWords, wordInText } from "../base/page-words.js";
import { drawParagraphs, makeReachable, openFiguresOf, regionsOf } from "../base/paragraphs.js";
import { addPanel } from "../base/tab-panels.js";
import { drawTools } from "./text-edit.js";
import { holdsText, whenEdited } from "./text-editor.js";
import { drawFindings } from "./text-findings.js";
import { toHeading } from "./text-heading.js";
import "./text-swipe.js";
import { bringIntoView, reveal, scroller, text } from "./text-words.js";

const { element, current, onValue } = component("text");
addPanel("text", element, take);
openFiguresOf(element);
const shown = { page: "", lit: null, pinned: null };

const nearEnd = ({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight >= scrollHeight - 48;
const HIDDEN_MS = 1000; // between two drawings of a text that grows under another tab
let due = 0;
let toPlace = false; // whether another page comes of which a place is to be marked (places.js)
document.addEventListener("pl:to-place", () => (toPlace = true));
let follows = true; // scroll with the growing text, unless the reader has scrolled away from its end

function draw() {
  clearTimeout(due);
  due = 0;
  const { page, reading, words, findings, in_document: inDocument } = current();
  const paragraphs = inDocument ? paragraphsInDocument(page) : current().paragraphs;
  drawTools(current());
  if (holdsText(current()) || !paragraphs) return; // its value follows
  const other = page !== shown.page;
  if (other) {
    Object.assign(shown, { page, lit: null, pinned: null });
    text.replaceChildren();
    text.dataset.page = page;
    scroller().scrollTop = 0;
    [follows, toPlace] = [true, false];
  }
  const height = reading && follows ? scroller().scrollHeight : 0;
  const changed = drawParagraphs(text, paragraphs);
  if (other && !changed) document.dispatchEvent(new CustomEvent("pl:text")); // there is none
  setWords(text, words, changed);
  drawFindings(findings, changed);
  light();
  toHeading(page);
  if (!reading || !follows || scroller().hidden) return;
  const { scrollHeight, clientHeight } = scroller();
  if (!other && scrollHeight - height > clientHeight) follows = false; // all at once, as from Tesseract: it is read from its beginning
  else scroller().scrollTop = scrollHeight;
}

function light() {
  for (const node of text.children) {
    const mine = regionsOf(node);
    node.classList.toggle("lit", shown.lit !== null && mine.includes(shown.lit));
    node.classList.toggle("pinned", shown.pinned !== null && mine.includes(shown.pinned));
  }
}

function tell(kind, index) {
  document.dispatchEvent(new CustomEvent("pl:region", { detail: { index, kind, from: "text" } }));
}

function lightUp({ index, kind, from }) {
  if (kind === "pin") shown.pinned = index;
  else shown.lit = index;
  light();
  if (index === null || from === "text") return;
  const node = [...text.children].find((one) => regionsOf(one).includes(index));
  if (node) kind === "pin" ? bringIntoView(node) : reveal(node);
}

document.addEventListener("pl:region", ({ detail }) => lightUp(detail));
text.addEventListener("pointerover", ({ target }) => {
  const [index = null] = regionsOf(target.closest(".paragraph"));
  if (index !== shown.lit) tell("hover", index);
});
text.addEventListener("pointerleave", () => tell("hover", null));
text.addEventListener("click", ({ target, clientX, clientY }) => {
  if (getSelection().toString() || target.closest("a, img, .finding, .text-editor")) return; // a selection, link or figure, not the paragraph
  const [index = null] = regionsOf(target.closest(".paragraph"));
  const word = wordInText(clientX, clientY);
  const again = index === shown.pinned && !isAnother(word);
  tell("pin", again ? null : index);
  pinWord(isAnother(word) ? word : null, "text");
});
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target === scroller()) follows = nearEnd(target);
  },
  true,
);

let width = 0;
new ResizeObserver(([{ contentRect }]) => {
  if (contentRect.width === width) return;
  width = contentRect.width;
  makeReachable([...text.children]);
}).observe(text);

// Where another tab lies over it, the text of another page need not be there before the page is, nor each word that is written.
const drawLater = afterPaint(draw);
function take() {
  if (!scroller().hidden) return draw();
  if (current().page !== shown.page) {
    if (toPlace) return draw();
    setWords(text, "", true); // those of the page before are no longer to be seen over the page
    drawFindings([], false);
    return drawLater();
  }
  if (!current().reading) return draw();
  due ||= setTimeout(draw, HIDDEN_MS);
}

whenEdited(draw);
onValue(take);
document.addEventListener("pl:document-pages", () => current().in_document && take());
