"""Exchange, remove and insert words of Markdown; the markup between and around them stays what it was."""

import re
from collections.abc import Iterator

from ocr.grounding.markdown_words import BLOCK_TAGS, markdown_words
from ocr.page_words import SPACELESS_LETTER
from ocr.web.state.markdown_escapes import Surroundings, escaped, formula_end, surroundings

_MARKS = ".,;:!?…"
_SENTENCE_END = re.compile(r"(?:^|[.!?:…][\"'»”)]?)\s*$")
_TOKEN = re.compile(
    rf"""\\.
    |(?P<structure></?(?:{BLOCK_TAGS})\b[^<>]*>|<!--.*?-->|\n[ ]{{0,3}}(?:```|~~~)[^\n]*
        |\n[ \t]*\|[ \t]*:?-[-:| \t]*(?=\n|\Z))
    |(?P<line>\n[\n \t]*(?:(?:[-*+>]|\#{{1,6}})[ \t]+)*)
    |(?P<pipe>\|)
    |</?(?P<tag>[a-z]+)\b[^<>]*>
    |(?P<link>\[(?=[^\[\]\n]{{1,500}}\]\()|\]\([^()\s]*(?:\s"[^"\n]*")?\))
    |(?P<mark>\*+|~+|`+|\$+|(?<!\w)_+|_+(?!\w))
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_EMPTY_MARKS = re.compile(r"(?P<mark>[*~`$_])\Z|<(?P<tag>[a-z]+)\b[^<>]*>\Z|(?P<link>\[)\Z", re.IGNORECASE)
_TARGET = re.compile(r"\]\([^()\s]*(?:\s\"[^\"\n]*\")?\)")
_BLOCK_TAG = re.compile(rf"(?:{BLOCK_TAGS})\Z", re.IGNORECASE)
_WORD_END = re.compile(rf"\s|</?(?:{BLOCK_TAGS})\b|\Z", re.IGNORECASE)
_OPENING = re.compile(r"<[a-z]+\b[^<>]*>\Z", re.IGNORECASE)
_FIRST_MARK = re.compile(r"\*+|~+|`+|_+")
_LAST_MARK = re.compile(r"(?:(?<!\*)\*+|(?<!~)~+|(?<!`)`+|(?<!_)_+)\Z")
_EMPTY_ITEM = re.compile(r"^[ \t]*(?:[-*+>]|#{1,6})[ \t]*(?:\n|\Z)", re.MULTILINE)


def exchanged(markdown: str, start: int, end: int, words: str) -> str:
    """The Markdown with these words in place of those from `start` to `end`, one for each as far as they go."""
    own = [(start + word.start, start + word.end) for word in markdown_words(markdown[start:end])]
    new = words.split()
    if not own or next(_tokens(markdown, start, end), None) is None:
        return markdown[:start] + escaped(words, markdown, start) + markdown[end:]
    if len(new) < len(own):
        markdown = removed(markdown, own[len(new)][0], end)
    shares = [*new[: len(own) - 1], " ".join(new[len(own) - 1 :])]
    for (begin, until), share in reversed(list(zip(own, filter(None, shares), strict=False))):
        opening, closing = _split(markdown, begin, until)
        share = escaped(share, markdown, begin)
        markdown = markdown[:begin] + opening + share + closing + markdown[until:]
    return markdown


def removed(markdown: str, start: int, end: int) -> str:
    """The Markdown without these words: a whole sentence goes with its marks, and so does markup around nothing."""
    opening, closing = _split(markdown, start, end)
    structure = "".join(_structure(markdown, start, end))
    before, after = markdown[:start], markdown[end:]
    if closing:
        before = "".join(_without_empty_marks(before.rstrip(" "), closing))
    if opening:
        after = (" " if closing else "") + "".join(_without_empty_marks(opening, after.lstrip(" ")))
    if structure:
        before, after = before.rstrip(" ,;") + structure, after.lstrip(f" {_MARKS}")
    else:
        before, after = _closed_up(*_without_empty_marks(before, after))
    line_begin, line_end = before[: len(before) - len(structure)].rfind("\n") + 1, after.find("\n") + 1 or len(after)
    lines = _EMPTY_ITEM.sub("", before[line_begin:] + after[:line_end])
    return before[:line_begin] + lines + after[line_end:]


def inserted(markdown: str, at: int, words: str) -> str:
    """The Markdown with words after the word that ends at `at`, or before the first word, which begins there."""
    if not has_words(markdown[:at]):
        space = "" if _is_spaceless(markdown[at : at + 1]) or markdown[at : at + 1].isspace() else " "
        return markdown[:at] + escaped(words, markdown, at) + (space if markdown[at:] else "") + markdown[at:]
    if _is_spaceless(markdown[at - 1 : at]):
        return markdown[:at] + escaped(words, markdown, at) + markdown[at:]
    at = formula_end(markdown, at) or at
    in_row = surroundings(markdown, at) is Surroundings.PIPE_TABLE
    end = _WORD_END.search(markdown, at)  # behind the marks that belong to the word
    stop = end.start() if end else len(markdown)
    pipe = markdown.find("|", at, stop) if in_row else -1
    at = pipe if pipe >= 0 else stop
    space = " " if markdown[at : at + 1] == "|" else ""
    return f"{markdown[:at]} {escaped(words, markdown, at)}{space}{markdown[at:]}"


def has_words(markdown: str) -> bool:
    """Whether there are letters or digits in it beside tags."""
    return re.search(r"\w", re.sub(r"<[^<>]*>", "", markdown)) is not None


def _is_spaceless(letter: str) -> bool:
    return SPACELESS_LETTER.match(letter) is not None


def _tokens(markdown: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Markup that begins from `start` to before `end`; what is escaped is none."""
    for token in _TOKEN.finditer(markdown, start):
        if token.start() >= end:
            return
        if token.lastgroup:
            yield token


def _structure(markdown: str, start: int, end: int) -> Iterator[str]:
    """The markup of tables, lists and paragraphs among these words; of line ends that follow one another the last."""
    line = ""
    for token in _tokens(markdown, start, end):
        if token["line"]:
            line = token["line"] if token["line"].count("\n") >= line.count("\n") else line
        elif token["structure"] or token["pipe"]:
            yield line + (token["structure"] or ("| " if line else " | "))
            line = ""
    yield line


def _split(markdown: str, start: int, end: int) -> tuple[str, str]:
    """The marks of emphasis, links and the like that open and that close within these words, but not both.

    None of them reaches from one cell, item or paragraph into the next.
    """
    parts: list[dict[str, str]] = [{}]
    for token in _tokens(markdown, start, end):
        if token["structure"] or token["line"] or token["pipe"]:
            parts.append({})
            continue
        key = (token["tag"] or "").casefold() or ("link" if token["link"] else token["mark"])
        if parts[-1].pop(key, None) is None:
            parts[-1][key] = token[0]
    closing = [mark for key, mark in parts[0].items() if _closes(markdown[:start], key, mark)]
    alone = (
        parts[-1].items() if len(parts) > 1 else [(key, mark) for key, mark in parts[0].items() if mark not in closing]
    )
    opening = [mark for key, mark in alone if _opens(markdown[end:], key, mark)]
    return "".join(opening), "".join(closing)


def _closes(before: str, key: str, mark: str) -> bool:
    """Whether this mark closes what has been opened before; one that is the same at both ends by their number."""
    return _count(before, mark) % 2 == 1 if key == mark else mark.startswith(("</", "]("))


def _opens(after: str, key: str, mark: str) -> bool:
    """Whether this mark opens what is closed behind."""
    return _count(after, mark) % 2 == 1 if key == mark else not mark.startswith(("</", "]("))


def _count(markdown: str, mark: str) -> int:
    return sum(token["mark"] == mark for token in _tokens(markdown, 0, len(markdown)))


def _without_empty_marks(before: str, after: str) -> tuple[str, str]:
    """Both sides without emphasis, links and the like that have nothing within them."""
    while opening := _EMPTY_MARKS.search(before):
        if mark := opening["mark"]:
            closing = mark if after.startswith(mark) else ""
        elif tag := opening["tag"]:
            closing = "" if _BLOCK_TAG.match(tag) else f"</{tag}>"
        else:
            target = _TARGET.match(after)
            closing = target[0] if target else ""
        if not closing or not after.casefold().startswith(closing.casefold()):
            break
        before, after = before[: opening.start()], after[len(closing) :]
    return before, after


def _is_open(before: str) -> bool:
    """Whether the text ends with a mark that opens emphasis or code."""
    mark = _LAST_MARK.search(before)
    return mark is not None and _count(before, mark[0]) % 2 == 1


def _closed_up(before: str, after: str) -> tuple[str, str]:
    """Both sides of what has gone, no space, sentence's mark or line end left twice."""
    if _SENTENCE_END.search(before):
        after = after.lstrip(_MARKS)
    if not after or after[0] in _MARKS + "\n":
        before = before.rstrip(" ,;")
    if after.startswith(("</", "](")) or ((mark := _FIRST_MARK.match(after)) and _count(before, mark[0]) % 2):
        before = before.rstrip(" ")
    if not before or before[-1] in " \n" or _OPENING.search(before) or _is_open(before):
        after = after.lstrip(" ")
    if not before or before[-1] == "\n":
        after = after.lstrip("\n")
    return before, after
