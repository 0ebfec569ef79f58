"""Words reduced to what is compared: letters and digits, without case, accents and ligatures."""

import re
import unicodedata
from functools import lru_cache

from ocr.page_words import SPACELESS_LETTER

_DROPPED = re.compile(r"[^\w.,]|_")
_LAM_ALEF = re.compile("[\u0627\u0644]{2,}")
"""Letters of Arabic that are set as one glyph, of which PDF files tell the two in either order."""
_NOT_DECIMAL = re.compile(r"(?<!\d)[.,]+|[.,]+(?!\d)")


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """Letters and digits, and the points and commas between digits; empty where a word has none.

    Compatible characters are one: `ﬁ` is `fi`, `²` is `2`. Accents are left out, since files write them in many ways.
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.replace("\u2044", ""))
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        text = _LAM_ALEF.sub(lambda run: "".join(sorted(run[0])), text)
    return _NOT_DECIMAL.sub("", _DROPPED.sub("", text.casefold()))


def units(text: str) -> list[tuple[int, int]]:
    """The parts of a word that are compared, as offsets: the word, or each letter of a script without spaces."""
    if text.isascii() or not SPACELESS_LETTER.search(text):
        return [(0, len(text))]
    parts: list[tuple[int, int]] = []
    begin = 0
    for letter in SPACELESS_LETTER.finditer(text):
        parts += [(begin, letter.start())] if letter.start() > begin else []
        parts.append(letter.span())
        begin = letter.end()
    return [*parts, (begin, len(text))] if begin < len(text) else parts
