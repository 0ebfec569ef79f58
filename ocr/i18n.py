"""Texts that know what they were made from, so that the screen can say them in a visitor's own language.

A `Wording` is its English sentence, and can be used as any other text; the command line does. It also keeps the
sentence's template, which is the key of a translation, and what was filled into it: names and numbers are told apart
from our words to the end, and nothing of a document or a server is ever looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Wording(str):
    """An English text; `say`, `tally` and `row` make them."""

    __slots__ = ("many", "template", "values")

    template: str
    """With a `{name}` for each value, as `str.format` has them; without values it is the text itself."""
    many: str
    """The template for more than one, of a text that counts; else empty."""
    values: dict[str, Any]
    """Numbers, names, and other wordings."""

    def __new__(cls, template: str, many: str = "", values: dict[str, Any] | None = None) -> Wording:
        """Fill the values in; a template without any is taken as it is, braces and all."""
        values = values or {}
        chosen = many if many and values["count"] != 1 else template
        text = super().__new__(cls, chosen.format(**values) if values else chosen)
        text.template, text.many, text.values = template, many, values
        return text

    def __reduce__(self) -> tuple[type[Wording], tuple[str, str, dict[str, Any]]]:
        """Survive the way back from a render process."""
        return type(self), (self.template, self.many, self.values)


def say(template: str, /, **values: Any) -> Wording:
    """A text of ours: `say("{name} is empty.", name=name)`; a wording is left as it is."""
    return template if isinstance(template, Wording) else Wording(template, "", values)


def tally(one: str, many: str, number: int, /, **values: Any) -> Wording:
    """A text for one and another for more, with their number as `{count}`."""
    return Wording(one, many, {"count": number, **values})


def row(separator: str, parts: Iterable[str]) -> Wording:
    """The parts that say anything, in a row: each is said in its own right."""
    said = {f"part{number}": part for number, part in enumerate(part for part in parts if part)}
    return Wording(separator.join(f"{{{name}}}" for name in said), "", said)


def retold(value: Any, tell: Callable[[Wording], object]) -> Any:
    """A structure of dicts, lists and tuples with every wording in it told by `tell`; the rest as it is."""
    if isinstance(value, Wording):
        return tell(value)
    if isinstance(value, dict):
        return {key: retold(one, tell) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [retold(one, tell) for one in value]
    return value
