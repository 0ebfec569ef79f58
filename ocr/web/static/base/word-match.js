// Finds words in the text that the browser shows. Words and text are compared by their letters and digits, as folded on
// the server (ocr/grounding/folding.py): without case, accents, ligatures and signs.

// The letters and digits of a text, and for each of them where its character begins and ends in it.
export function fold(text) {
  const [begins, ends] = [[], []];
  let letters = "";
  let at = 0;
  for (const sign of text) {
    const end = at + sign.length;
    const folded = /[a-z\d]/.test(sign) ? sign : sign.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "").replace(/ß/g, "ss").replace(/ς/g, "σ");
    for (let unit = 0; unit < folded.length; unit++) {
      begins.push(at);
      ends.push(end);
    }
    letters += folded;
    at = end;
  }
  return { letters, begins, ends };
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
