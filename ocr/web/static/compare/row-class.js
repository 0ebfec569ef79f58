// The class of a row of the comparison, from the start of its text.
export function rowClass(parts) {
  const text = (parts[0]?.[1] ?? "").trimStart();
  if (/^#{1,6}\s/.test(text)) return "row heading";
  return /^(<\/?(table|tr)\b|\$\$|\\\[|\||```)/i.test(text) ? "row source" : "row";
}
