// Texts that this tab stores over a reload, and no other tab sees: sessionStorage is not shared. Where storage is switched
// off a reload begins anew.
const latest = {};

export function store(name, text) {
  if (latest[name] === text) return;
  latest[name] = text;
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // as above
  }
}

export function stored(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}
