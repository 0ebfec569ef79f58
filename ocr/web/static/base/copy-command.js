// The button beside a command that copies it.
import { writeClipboard } from "./clipboard.js";
import { setText } from "./dom.js";
import { gettext } from "./language.js";

// Copies the text of an element, and says so on the button for a while. Where copying is blocked the text is selected.
export async function copyCommand(button, command) {
  const copied = await writeClipboard(["text/plain"], { "text/plain": command.textContent });
  if (!copied) getSelection().selectAllChildren(command);
  setText(button, copied ? gettext("Copied") : gettext("Selected"));
  setTimeout(() => setText(button, gettext("Copy")), 2000);
}
