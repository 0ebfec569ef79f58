// Ctrl+A with the focus in a text selects that text, and not the whole page.
document.addEventListener("keydown", (event) => {
  const text = event.target.closest?.(".page-text, .document-text, .raw");
  if (!text || event.target.closest("textarea, input")) return; // a field has its own text
  if (event.key.toLowerCase() !== "a" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  getSelection().selectAllChildren(text);
});
