// What the keyboard shortcuts of all components have in common.

// Whether a key belongs to a field or a dialog.
export const isTyping = ({ target }) => Boolean(target.closest?.("input, textarea, select, [contenteditable], dialog"));

// Whether a key may be a shortcut that has no Ctrl, Alt or Command: nobody types, and nothing else has taken it.
export const isPlainKey = (event) => !(isTyping(event) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey);
