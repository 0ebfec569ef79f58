// Finds words in the text that the browser shows. Words and text are compared by their letters and digits, as folded on
// the server (ocr/grounding/folding.py): without case, accents, ligatures and signs.

// The letters and digits of a text, and for each of them where its character begins and ends in it.
export function fold(text) {
  const [units, begins, ends] = [[], [], []];
  let at = 0;
  let run = 0; // where the letters lam and alef begin that end here
  for (const sign of text) {
    const end = at + sign.length;
    const folded = /[a-z\d]/.test(sign) ? sign : foldSign(sign);
    for (const unit of folded.split("")) {
      begins.push(at);
      ends.push(end);
      units.push(unit);
      if (!LAM_ALEF.test(unit)) run = units.length;
      else sortRun(units, run);
    }
    if (!folded && !/\p{M}/u.test(sign)) run = units.length;
    at = end;
  }
  return { letters: units.join(""), begins, ends };
}

// In lower case as after Python's `casefold`, which also takes "ß" for "ss"; "ı" has "I" as its upper case, but is none.
function foldSign(sign) {
  const letters = sign.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");
  return letters.replace(/[^ı]+/g, (cased) => cased.toLowerCase().toUpperCase().toLowerCase().replace(/ς/g, "σ"));
}

const LAM_ALEF = /[\u0627\u0644]/; // of Arabic, set as one glyph, of which PDF files tell the two in either order

function sortRun(units, begin) {
  units.splice(begin, units.length - begin, ...units.slice(begin).sort());
}

const LOOK_AHEAD = 400; // letters of the text that may be no words, as the source of a formula that cannot be set

// Where each word stands among the letters, as [begin, end], or null. The words have the order of the text, and follow
// one another in it; where they do not, the next place is that where two of them do.
export function placeWords(letters, words) {
  let at = 0;
  return words.map((word, index) => {
    let begin = at;
    if (!letters.startsWith(word, at)) {
      const two = word + (words[index + 1] ?? "");
      begin = letters.slice(at, at + LOOK_AHEAD + two.length).indexOf(two);
      if (begin < 0) return null;
      begin += at;
    }
    at = begin + word.length;
    return [begin, at];
  });
}
