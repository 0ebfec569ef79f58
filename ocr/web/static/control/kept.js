// What this tab keeps over a reload, and nobody else sees: sessionStorage is not shared. Where storage is switched off a
// reload begins anew.
const kept = {};

export function keep(name, text) {
  if (kept[name] === text) return;
  kept[name] = text;
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // as above
  }
}

export function keptOf(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}
