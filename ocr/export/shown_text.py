"""The text that a PDF page shows, and that which an OCR program left invisible: counted, and taken out.

Content is taken token by token, and what is not taken out stays as it is written: a page that viewers draw in spite of
damage is drawn as before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Object, Token, TokenFilter, TokenType

MAX_FORMS = 200
"""Forms of a page that are looked into."""

INVISIBLE = 3
"""The text rendering mode that paints nothing."""

_SPACE = Token(TokenType.space, b" ")
_NUMBERS = frozenset({TokenType.integer, TokenType.real})
_KINDS = dict.fromkeys(_NUMBERS, "n") | {
    TokenType.string: "s",
    TokenType.array_open: "[",
    TokenType.array_close: "]",
    TokenType.space: "",
    TokenType.comment: "",
}
_PAIRS = ((TokenType.array_open, TokenType.array_close), (TokenType.dict_open, TokenType.dict_close))
_OPERANDS = {
    b"Tj": re.compile("s"),
    b"TJ": re.compile(r"\[[sn]*\]"),
    b"'": re.compile("s"),
    b'"': re.compile("nns"),
}
"""The operators that show text, and the kinds of their operands; damaged ones are left as they are."""


@dataclass(slots=True)
class ShownText:
    """Counts of bytes: a character has one or two, as its font has it.

    What is invisible and stands behind damage counts as neither: it is left in.
    """

    visible: int = 0
    invisible: int = 0


def shown_text(page: pikepdf.Page) -> ShownText:
    """What the page's content and the forms in it write; a form that is drawn again counts once."""
    shown = [content.shown for content in _contents(page)]
    return ShownText(sum(one.visible for one in shown), sum(one.invisible for one in shown))


def take_out_invisible_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Take the text that does not show out of the page's content and of the forms in it."""
    for content in list(_contents(page)):
        if content.shown.invisible and isinstance(content.stream, pikepdf.Page):
            content.stream.Contents = pdf.make_stream(content.without_invisible)
        elif content.shown.invisible:
            content.stream.write(content.without_invisible)


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of a page, or of a form in it."""

    stream: Any
    shown: ShownText
    without_invisible: bytes


def _contents(page: pikepdf.Page) -> Iterator[_Content]:
    """The page's content and that of each form that it draws; nothing of one that cannot be decoded."""
    try:
        resources: Object = page.resources
    except TypeError:  # it has some, but no dictionary
        resources = Dictionary()
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Any, Object, int]] = [(page, resources, 0)]
    while waiting:
        stream, resources, mode = waiting.pop()
        text = _TextFilter(mode)
        try:
            without = pikepdf.Page(stream).get_filtered_contents(text)
        except pikepdf.PdfError:
            continue
        yield _Content(stream, text.shown, without)
        for name, mode_there in text.drawn:
            form = _form(resources, name)
            if form is not None and form.objgen not in seen and len(seen) < MAX_FORMS:
                seen.add(form.objgen)
                waiting.append((form, form.get(Name.Resources, resources), mode_there))


def _form(resources: Object, name: Object) -> pikepdf.Stream | None:
    """The form of this name; None where that is a picture, or nothing."""
    known = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
    form = known.get(name) if isinstance(known, Dictionary) and isinstance(name, Name) else None
    return form if isinstance(form, pikepdf.Stream) and form.get(Name.Subtype) == Name.Form else None


class _TextFilter(TokenFilter):
    """Counts text, and drops what is shown invisibly: its operators are replaced by what they do besides."""

    def __init__(self, mode: int) -> None:
        super().__init__()
        self.shown = ShownText()
        self.drawn: list[tuple[Object, int]] = []
        """Names of what is drawn, each with the rendering mode that text has in it."""
        self._mode = mode
        self._modes: list[int] = []
        self._operands: list[Token] = []
        """With the spaces between them."""
        self._damaged = False
        """Whether viewers may take for operands what follows, up to wherever the next array ends."""

    def handle_token(self, token: Token) -> list[Token]:
        """Pass tokens on, operator by operator."""
        if token.type_ not in (TokenType.word, TokenType.eof):
            self._operands.append(token)
            return []
        operands, self._operands = self._operands, []
        self._damaged |= not _are_whole(operands)
        return self._operator(token.raw_value, operands, token)

    def _operator(self, operator: bytes, operands: list[Token], token: Token) -> list[Token]:
        if operator in _OPERANDS:
            written = sum(len(bytes(_value(one))) for one in operands if one.type_ is TokenType.string)
            if self._mode != INVISIBLE:
                self.shown.visible += written
            elif not self._damaged and _OPERANDS[operator].fullmatch(_kinds(operands)):
                self.shown.invisible += written
                return _without_text(operator, operands)
        elif operator == b"q":
            self._modes.append(self._mode)
        elif operator == b"Q" and self._modes:
            self._mode = self._modes.pop()
        elif operator == b"Tr":
            numbers = [int(float(one.raw_value)) for one in operands if one.type_ in _NUMBERS]
            self._mode = numbers[-1] if numbers else 0  # as PDFium takes one without an operand
        elif operator == b"Do":
            self.drawn += [(_value(one), self._mode) for one in operands if one.type_ is TokenType.name_]
        return [*operands, token]


def _are_whole(operands: list[Token]) -> bool:
    """Whether each array and dictionary among them ends, and nothing is no token."""
    kinds = [one.type_ for one in operands]
    return TokenType.bad not in kinds and all(kinds.count(opened) == kinds.count(closed) for opened, closed in _PAIRS)


def _kinds(operands: list[Token]) -> str:
    """A letter for each operand, as `_OPERANDS` has them."""
    return "".join(_KINDS.get(one.type_, "x") for one in operands)


def _without_text(operator: bytes, operands: list[Token]) -> list[Token]:
    """What a text-showing operator does besides: `'` begins a line, and so does `"` after setting the spaces."""
    if operator in (b"Tj", b"TJ"):
        return [_SPACE]
    spaces = [one for one in operands if one.type_ in _NUMBERS]
    setting = [part for one, name in zip(spaces, (b"Tw", b"Tc"), strict=False) for part in (one, _SPACE, _word(name))]
    return [_SPACE, *setting, _word(b"T*")]


def _word(name: bytes) -> Token:
    return Token(TokenType.word, name + b" ")


def _value(token: Token) -> Object:
    return Object.parse(token.raw_value)
