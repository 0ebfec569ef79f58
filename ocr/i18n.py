"""Translatable messages: a `str` in English that keeps its template and values, so that the web page can translate it.

`gettext` and `ngettext` take their arguments as Flask-Babel's do. The command line prints the English text as it is;
ocr/web/locale looks the template up in the catalogue of the visitor's language and fills the values in again. Values
(file names, numbers, what a server answered) are never looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Translatable(str):
    """An English text with the template and values it was made from; made by `gettext`, `ngettext` and `join`."""

    __slots__ = ("plural", "template", "values")

    template: str
    """The key in the catalogue: a `str.format` template; without values, the text itself."""
    plural: str
    """The template for any number but one; empty for a text that does not count."""
    values: dict[str, Any]
    """Numbers, names, and other translatable texts."""

    def __new__(cls, template: str, plural: str = "", values: dict[str, Any] | None = None) -> Translatable:
        """Fill in the values; a template without values is taken literally, braces included."""
        values = values or {}
        chosen = plural if plural and values["count"] != 1 else template
        text = super().__new__(cls, chosen.format(**values) if values else chosen)
        text.template, text.plural, text.values = template, plural, values
        return text

    def __reduce__(self) -> tuple[type[Translatable], tuple[str, str, dict[str, Any]]]:
        """Keep template and values when pickled, as an error from a worker process is."""
        return type(self), (self.template, self.plural, self.values)


def gettext(template: str, /, **values: Any) -> Translatable:
    """A translatable text: `gettext("{name} is empty.", name=name)`. One that is translatable already is returned."""
    return template if isinstance(template, Translatable) else Translatable(template, "", values)


def ngettext(singular: str, plural: str, count: int, /, **values: Any) -> Translatable:
    """A translatable text that depends on a number, which both templates know as `{count}`."""
    return Translatable(singular, plural, {"count": count, **values})


def join(separator: str, parts: Iterable[str]) -> Translatable:
    """The parts that are not empty, joined; each is translated on its own."""
    values = {f"part{number}": part for number, part in enumerate(part for part in parts if part)}
    return Translatable(separator.join(f"{{{name}}}" for name in values), "", values)


def map_texts(value: Any, function: Callable[[Translatable], object]) -> Any:
    """A structure of dicts, lists and tuples with `function` applied to each translatable text in it."""
    if isinstance(value, str):
        return function(value) if isinstance(value, Translatable) else value
    if isinstance(value, dict):
        return {key: map_texts(one, function) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_texts(one, function) for one in value]
    return value
