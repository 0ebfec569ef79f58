// What a visitor prefers, kept for later visits; where storage is switched off it holds until a reload.
const latest = {};

// Returns whether it is kept.
export function prefer(name, text) {
  latest[name] = text;
  try {
    localStorage.setItem(`pagelight-${name}`, text);
    return true;
  } catch {
    return false;
  }
}

export function preferred(name) {
  if (name in latest) return latest[name];
  try {
    return localStorage.getItem(`pagelight-${name}`) ?? "";
  } catch {
    return "";
  }
}
