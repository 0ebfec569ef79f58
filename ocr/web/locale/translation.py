"""The languages of the screen. English stands in the code; locale/fr.toml has the French of it.

Whatever makes the screen's values says things in English (ocr/i18n.py); they are told in the visitor's language at
one place, on the way out (updates.py). The browser's own words are in the same catalogue: each component gets those
that its skeleton and scripts have, see `french_of`.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ocr.i18n import Wording, retold

CATALOGUE = Path(__file__).with_name("fr.toml")

Translation = str | list[str]
"""One text, or two: for none or one, and for more."""


class Language(StrEnum):
    """What the switch in the masthead offers."""

    ENGLISH = "en"
    FRENCH = "fr"


def language(given: object) -> Language:
    """The language of that name; English for anything that is none."""
    return Language(given) if isinstance(given, str) and given in set(Language) else Language.ENGLISH


def told(value: Any, language: Language) -> Any:
    """A structure of values as a visitor of this language reads it: every wording in it becomes plain text."""
    return retold(value, str if language is Language.ENGLISH else french)


def spoken(value: Any, language: Language | None) -> list[Any]:
    """A component's value as it goes out: in the visitor's language, in each of them while that is not known."""
    return [told(value, one) for one in ([language] if language else Language)]


def french(wording: Wording) -> str:
    """The French of a wording; what the catalogue lacks stays English."""
    translation = catalogue().get(wording.template, wording.template)
    if isinstance(translation, list):
        translation = translation[wording.values["count"] >= 2]
    elif wording.many and translation == wording.template:
        translation = wording.many if wording.values["count"] != 1 else wording.template
    return _FORMATTER.vformat(translation, (), wording.values) if wording.values else translation


@cache
def catalogue() -> dict[str, Translation]:
    """English → French, of the whole screen. A text that counts has its English singular as key."""
    sections = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {english: typeset(french) for section in sections.values() for english, french in section.items()}


def typeset(french: Translation) -> Translation:
    """French as it is printed: the spaces before signs and units, which the catalogue writes plainly, never break."""
    if isinstance(french, list):
        return [str(typeset(one)) for one in french]
    text = re.sub(r" (?=[;!?%])", "\u202f", french.replace("'", "’"))
    text = re.sub(r" (?=[:»])|(?<=«) ", "\u00a0", text)
    return re.sub(r"(?<=[\d}]) (?=(s|min|px|Mo|Go|To)\b)", "\u00a0", text)


class _Formatter(string.Formatter):
    """`str.format`, with numbers as France writes them: 1 234,5."""

    def format_field(self, value: Any, spec: str) -> str:
        """One value by its format; wordings among the values are told in French too."""
        if isinstance(value, Wording):
            return french(value)
        text: str = super().format_field(value, spec)
        if isinstance(value, int | float):
            return text.replace(",", "\u202f").replace(".", ",")
        return text


_FORMATTER = _Formatter()


def french_of(skeleton: str, scripts: Iterable[str], constants: Any = ()) -> dict[str, Translation]:
    """The part of the catalogue that a component needs: what its skeleton, its scripts and its constants say."""
    wanted = {*said_by_markup(skeleton), *(key for script in scripts for key in said_by_script(script))}
    retold(constants, lambda wording: wanted.add(wording.template))
    return {key: french for key, french in catalogue().items() if key in wanted}


SPOKEN = ("aria-label", "title", "placeholder", "alt")
"""Attributes that are read by people; static/base/language.js knows them too."""


class _Skeleton(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))


def said_by_markup(skeleton: str) -> list[str]:
    """The texts of a skeleton that have a letter in them: what stands between its tags, and in spoken attributes."""
    parser = _Skeleton()
    parser.feed(skeleton)
    return [text for text in parser.texts if re.search(r"[^\W\d_]", text)]


def said_by_script(script: str) -> list[str]:
    """The texts that a script hands to `t` or `tally`."""
    return [found.replace('\\"', '"') for found in re.findall(r"\b(?:t|tally)\(\s*\"((?:[^\"\\]|\\.)*)\"", script)]
