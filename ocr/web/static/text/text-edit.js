// What opens the editor of a paragraph: a double click, the key `e` and the button.
import { component } from "../base/component.js";
import { setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { isPlainKey } from "../base/shortcuts.js";
import { edit } from "./text-editor.js";
import { drawReplace } from "./text-replace.js";
import { scroller, text } from "./text-words.js";

const { find, current } = component("text");
const told = find(".text-tools .told");

export function drawTools({ page, reading, editable }) {
  find(".text-tools").hidden = !page || !(reading || editable);
  if (editable) setText(told, "");
  drawReplace();
}

const placeOf = (node) => [...text.children].indexOf(node);

// Opens the paragraph at this place, or says why not.
function open(at, caret) {
  const { editable, reading } = current();
  if (editable) edit(at, caret);
  else if (reading) setText(told, gettext("The page is being read. Edit its text when that has ended."));
}

// The pinned paragraph, else the first that is in view.
function wanted() {
  const top = Math.max(scroller().getBoundingClientRect().top, 0);
  const nodes = [...text.children];
  const node = nodes.find((one) => one.matches(".pinned")) ?? nodes.find((one) => one.getBoundingClientRect().bottom > top + 8);
  return Math.max(placeOf(node), 0);
}

// Where in the Markdown the word is that was clicked: the same word, as often met before.
function caretAt({ paragraph, node, offset }) {
  const source = current().sources[placeOf(paragraph)] ?? "";
  if (node?.nodeType !== Node.TEXT_NODE || !paragraph.contains(node)) return null;
  const begin = offset - /\S*$/.exec(node.data.slice(0, offset))[0].length;
  const [word] = /^\S*/.exec(node.data.slice(begin));
  if (!word) return null;
  const before = new Range();
  before.setStart(paragraph, 0);
  before.setEnd(node, begin);
  let caret = -1;
  for (let count = before.toString().split(word).length; count > 0; count--) caret = source.indexOf(word, caret + 1);
  return caret < 0 ? null : caret;
}

find(".text-tools .edit").addEventListener("click", () => open(wanted(), null));

// A double click is found here: what the first click opens may move the text, and the browser then sees two clicks.
const DOUBLE_MS = 500;
const NEAR_PX = 6;
let first = null;

function firstClick({ target, button, clientX, clientY, timeStamp }) {
  const paragraph = text.contains(target) && !target.closest("a, img, .text-editor") ? target.closest(".paragraph") : null;
  if (!paragraph || button) return null;
  const caret = document.caretPositionFromPoint?.(clientX, clientY);
  const range = caret ? null : document.caretRangeFromPoint?.(clientX, clientY); // where the standard one is missing
  return { paragraph, clientX, clientY, timeStamp, node: caret?.offsetNode ?? range?.startContainer, offset: caret?.offset ?? range?.startOffset };
}

const isSecond = ({ clientX, clientY, timeStamp, button }) =>
  first && !button && timeStamp - first.timeStamp < DOUBLE_MS && Math.hypot(clientX - first.clientX, clientY - first.clientY) < NEAR_PX;

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener(
  "mousedown",
  (event) => {
    document.removeEventListener("click", swallow, true);
    if (!isSecond(event)) {
      first = firstClick(event);
      return;
    }
    swallow(event);
    document.addEventListener("click", swallow, { capture: true, once: true });
    const at = placeOf(first.paragraph);
    if (at >= 0) open(at, caretAt(first));
    first = null;
  },
  true,
);
document.addEventListener("keydown", (event) => {
  if (event.key !== "e" || !isPlainKey(event) || event.repeat || find(".text-tools").hidden || !text.checkVisibility()) return;
  event.preventDefault();
  open(wanted(), null);
});
