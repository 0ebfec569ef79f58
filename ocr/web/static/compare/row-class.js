// How a row of two readings looks, from the text that it begins with.
export function rowClass(parts) {
  const text = (parts[0]?.[1] ?? "").trimStart();
  if (/^#{1,6}\s/.test(text)) return "row heading";
  return /^(<\/?(table|tr)\b|\$\$|\\\[|\||```)/i.test(text) ? "row source" : "row";
}
