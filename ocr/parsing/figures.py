"""Figures of a page: labels of their regions, names of their files, alternative texts."""

import re
from collections.abc import Container

from ocr.parsing.cut_text import CutText

PICTURE_LABELS = {"image", "figure", "chart", "header_image", "footer_image"}
"""Layout labels of regions that are pictures."""

CAPTION_LABELS = {"caption", "figure_title"}
"""Layout labels of captions."""

MAX_ALT_CHARS = 200
"""Limit of an alternative text, which a screen reader reads whole."""

_CAPTION = re.compile(r"(?:\*\*|__|\*|_)?(?:figure|fig\.|chart|abbildung|abb\.|figura)\s*[A-Z]?\.?\d", re.IGNORECASE)

_NAME = r"figures/page-\d+-\d+\.(?:png|jpg)"
"""What `figure_name` returns."""
_REFERENCE = re.compile(rf"!\[([^\]\n]*)\]\(({_NAME})\)")
"""What `reference` writes."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TABLE = re.compile(r"<table\b|^[ \t]*\|", re.IGNORECASE | re.MULTILINE)


def rule(label: str) -> str:
    """A normalised layout label: `Figure Title` is `figure_title`."""
    return re.sub(r"[\s-]+", "_", label.lower())


def figure_name(page: int, index: int, media_type: str) -> str:
    """Path of a figure's file, relative to the document's Markdown; page and index count from 1."""
    suffix = "jpg" if media_type == "image/jpeg" else "png"
    return f"figures/page-{page}-{index}.{suffix}"


def is_figure_name(name: str) -> bool:
    """Whether it is what `figure_name` returns for some figure."""
    return bool(re.fullmatch(_NAME, name))


def reference(label: str, name: str | None, words: str = "") -> str:
    """Markdown for a figure; one without a file is named in brackets."""
    if name is None:
        return f"[{label}]"
    alternative = re.sub(r"[\[\]<>*_`\\]|\s+", " ", _TAG.sub(" ", words))[:MAX_ALT_CHARS].strip() or label
    return f"![{' '.join(alternative.split())}]({name})"


def figure_names(markdown: str) -> list[str]:
    """The names of the figures that the text refers to, in its order."""
    return [match[2] for match in _REFERENCE.finditer(markdown)]


def without_missing(markdown: str, there: Container[str]) -> str:
    """The text with each figure that is not in `there` replaced by its name in brackets."""
    return CutText(markdown, markup_of_missing(markdown, there)).text


def markup_of_missing(markdown: str, there: Container[str]) -> list[tuple[int, int]]:
    """The spans of the text that `without_missing` takes out, in order."""
    spans: list[tuple[int, int]] = []
    for match in _REFERENCE.finditer(markdown):
        if match[2] not in there:
            spans += [(match.start(), match.start(1) - 1), (match.end(1) + 1, match.end())]
    return spans


def before_table(text: str) -> str:
    """What is written under a picture up to the table of its numbers; that stands in the text and is read there."""
    table = _TABLE.search(text)
    return text[: table.start()].strip() if table else text


def caption_in(text: str) -> str:
    """The paragraph, if it is a caption: `Figure 3. …`; else nothing."""
    return text if _CAPTION.match(text) else ""
