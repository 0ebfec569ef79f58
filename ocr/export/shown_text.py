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
MODES = range(8)
"""All of them."""

_SPACE = Token(TokenType.space, b" ")
_WORD, _EOF, _STRING, _NAME = TokenType.word, TokenType.eof, TokenType.string, TokenType.name_
_NUMBERS = (TokenType.integer, TokenType.real)
_PLAIN = (*_NUMBERS, TokenType.space, TokenType.comment, _STRING, _NAME)
"""Types of operands that are whole by themselves. Tuples, since an enumeration's hash is slow."""
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


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text in a page's content and in the forms that it draws; a form that is drawn again counts once.

    Counts are bytes: a character has one or two, as its font has it. What is invisible and stands behind damage counts
    as neither: it is left in.
    """

    visible: int
    invisible: int
    _without_invisible: tuple[tuple[Any, bytes], ...] = ()
    """The page, and forms in it, that have invisible text, and their content without it."""

    def take_out_invisible(self, pdf: pikepdf.Pdf) -> None:
        """Take the text that does not show out of the page's content and of the forms in it."""
        for stream, content in self._without_invisible:
            if isinstance(stream, pikepdf.Page):
                stream.Contents = pdf.make_stream(content)
            else:
                stream.write(content)


def shown_text(page: pikepdf.Page) -> ShownText:
    """What the page's content and the forms in it write; a form or page that cannot be decoded writes nothing."""
    read = list(_contents(page))
    hidden = tuple((stream, content) for stream, text, content in read if text.invisible)
    return ShownText(sum(text.visible for _, text, _ in read), sum(text.invisible for _, text, _ in read), hidden)


def _contents(page: pikepdf.Page) -> Iterator[tuple[Any, "_TextFilter", bytes]]:
    """The page and each form that it draws, what they write, and their content without what is invisible."""
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
            content = pikepdf.Page(stream).get_filtered_contents(text)
        except pikepdf.PdfError:
            continue
        yield stream, text, content
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
        self.visible = self.invisible = 0
        self.drawn: list[tuple[Object, int]] = []
        """Names of what is drawn, each with the rendering mode that text has in it."""
        self._mode = mode
        self._modes: list[int] = []
        self._operands: list[Token] = []
        """With the spaces between them."""
        self._plain = True
        """Whether each of them is whole by itself."""
        self._damaged = False
        """Whether viewers may take for operands what follows, up to wherever the next array ends."""

    def handle_token(self, token: Token) -> list[Token]:
        """Pass tokens on, operator by operator."""
        kind = token.type_
        if kind is not _WORD and kind is not _EOF:
            self._operands.append(token)
            if kind not in _PLAIN:
                self._plain = False
            return []
        operands, self._operands = self._operands, []
        if not self._plain:
            self._plain = True
            self._damaged |= not _are_whole(operands)
        operator = token.raw_value
        if operator in _READ and self._takes_out(operator, operands):
            return _without_text(operator, operands)
        operands.append(token)
        return operands

    def _takes_out(self, operator: bytes, operands: list[Token]) -> bool:
        """Note what an operator does; returns whether it shows text that is to be taken out."""
        if operator in _OPERANDS:
            written = sum(len(bytes(_value(one))) for one in operands if one.type_ is _STRING)
            if self._mode != INVISIBLE:
                self.visible += written
            elif not self._damaged and _OPERANDS[operator].fullmatch(_kinds(operands)):
                self.invisible += written
                return True
        elif operator == b"q":
            self._modes.append(self._mode)
        elif operator == b"Q" and self._modes:
            self._mode = self._modes.pop()
        elif operator == b"Tr":
            self._set_mode([one for one in operands if one.type_ in _NUMBERS])
        elif operator == b"Do":
            self.drawn += [(_value(one), self._mode) for one in operands if one.type_ is _NAME]
        return False

    def _set_mode(self, numbers: list[Token]) -> None:
        """Take the last operand, or 0, as PDFium does. What is no mode is damage: viewers differ in what it means."""
        number = float(numbers[-1].raw_value) if numbers else 0.0
        if 0 <= number < len(MODES):
            self._mode = int(number)
        else:
            self._damaged = True


_READ = frozenset({*_OPERANDS, b"q", b"Q", b"Tr", b"Do"})
"""The operators that matter here."""


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
