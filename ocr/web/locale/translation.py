"""Translate the page's texts. English stands in the code; fr.toml is the French catalogue.

Views and actions make translatable English texts (ocr/i18n.py); updates.py translates a component's value when it is
sent. The texts of markup and scripts are in the same catalogue: each component gets those it contains, see
`component_catalogue`.
"""

import re
import string
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ocr.i18n import Translatable, map_texts

CATALOGUE = Path(__file__).with_name("fr.toml")

Translation = str | list[str]
"""One text, or two: for none or one, and for more."""


class Language(StrEnum):
    """The languages that the switch in the masthead offers."""

    ENGLISH = "en"
    FRENCH = "fr"


def parse_language(given: object) -> Language:
    """The language with this code; English for anything else."""
    return Language(given) if isinstance(given, str) and given in set(Language) else Language.ENGLISH


def translate(value: Any, language: Language) -> Any:
    """A structure of values with every translatable text in it as plain text in this language."""
    return map_texts(value, str if language is Language.ENGLISH else french)


def translations(value: Any, language: Language | None) -> list[Any]:
    """A component's value in the visitor's language; in every language while the visitor's is not known."""
    return [translate(value, one) for one in ([language] if language else Language)]


def french(text: Translatable) -> str:
    """The text in French; in English where the catalogue lacks it."""
    translation = catalogue().get(text.template, text.template)
    if isinstance(translation, list):
        translation = translation[text.values["count"] >= 2]
    elif text.plural and translation == text.template:
        translation = text.plural if text.values["count"] != 1 else text.template
    return _FORMATTER.vformat(translation, (), text.values) if text.values else translation


@cache
def catalogue() -> dict[str, Translation]:
    """English template → French, for the whole page. The key of a plural is its English singular."""
    sections = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {english: typeset(french) for section in sections.values() for english, french in section.items()}


def typeset(french: Translation) -> Translation:
    """French typography: no-break spaces before punctuation and units, where the catalogue has plain spaces."""
    if isinstance(french, list):
        return [str(typeset(one)) for one in french]
    text = re.sub(r" (?=[;!?%])", "\u202f", french.replace("'", "’"))
    text = re.sub(r" (?=[:»])|(?<=«) ", "\u00a0", text)
    return re.sub(r"(?<=[\d}]) (?=(s|min|px|Mo|Go|To)\b)", "\u00a0", text)


class _Formatter(string.Formatter):
    """`str.format` with French numbers: 1 234,5."""

    def format_field(self, value: Any, spec: str) -> str:
        """Format one value; translatable texts among the values are translated too."""
        if isinstance(value, Translatable):
            return french(value)
        text: str = super().format_field(value, spec)
        if isinstance(value, int | float):
            return text.replace(",", "\u202f").replace(".", ",")
        return text


_FORMATTER = _Formatter()


def component_catalogue(skeleton: str, scripts: Iterable[str], constants: Any = ()) -> dict[str, Translation]:
    """The entries of the catalogue that a component needs: the texts of its markup, scripts and constants."""
    wanted = {*markup_texts(skeleton), *(key for script in scripts for key in script_texts(script))}
    map_texts(constants, lambda text: wanted.add(text.template))
    return {key: french for key, french in catalogue().items() if key in wanted}


TEXT_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt")
"""Attributes that hold texts; static/base/language.js has the same list."""


class _Skeleton(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name in TEXT_ATTRIBUTES and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))


def markup_texts(skeleton: str) -> list[str]:
    """The texts of a component's markup that have a letter in them: between tags, and in attributes."""
    parser = _Skeleton()
    parser.feed(skeleton)
    return [text for text in parser.texts if re.search(r"[^\W\d_]", text)]


def script_texts(script: str) -> list[str]:
    """The texts that a script passes to `gettext` or `ngettext`."""
    return [found.replace('\\"', '"') for found in re.findall(r"\bn?gettext\(\s*\"((?:[^\"\\]|\\.)*)\"", script)]
