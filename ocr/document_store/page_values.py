"""Results of pages as JSON values and back: the form of result.json, with the blocks that show a page."""

import json
from dataclasses import asdict, fields
from typing import Any

from ocr.config.read_request import ReadRequest
from ocr.encodable_text import encodable
from ocr.export.results import page_value
from ocr.page_words import Finding, FindingKind, PageCheck, PlacedWord, PreciseBox, WordSource
from ocr.photo_sheets import PhotoMode, SheetCorners
from ocr.types import Box, Finish, PageResult, Region, TextBlock, Try

_AS_THEY_ARE = (
    "number", "width", "height", "rotation", "markdown", "raw", "error", "attempts", "tokens", "seconds", "cached",
    "answered_by", "server", "corrected",
)  # fmt: skip
"""Fields that a result has under the same name and as the same value."""
CORRECTED_PART = '"corrected": true'
"""What `result_text` has of a corrected page and of no other: within a text it would have backslashes."""
_SECRET = {"pages", "password"}
"""Fields of a request that are not kept."""


def result_text(result: PageResult) -> str:
    """A page's result as JSON."""
    blocks = [[block.markdown, list(block.regions)] for block in result.blocks]
    return encodable(
        json.dumps({**page_value(result), "corrected": result.corrected, "blocks": blocks}, ensure_ascii=False)
    )


def parse_result(text: str) -> PageResult:
    """The result that `result_text` has written, in this version or an earlier one, whose results had fewer fields.

    Raises:
        ValueError: it has written no such text.
    """
    try:
        return _result(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a page's result: {error!r}") from error


def request_text(request: ReadRequest | None) -> str:
    """How a page was asked for, as JSON."""
    values = asdict(request) if request else {}
    return json.dumps({name: value for name, value in values.items() if name not in _SECRET})


def parse_request(text: str) -> ReadRequest:
    """The request that `request_text` has written; fields of other versions are left out.

    Raises:
        ValueError: it has written no such text.
    """
    known = {field.name for field in fields(ReadRequest)}
    try:
        values = {name: value for name, value in json.loads(text).items() if name in known}
    except AttributeError as error:
        raise ValueError(f"not a request: {error!r}") from error
    if "photos" in values:
        values["photos"] = PhotoMode(values["photos"])
    return ReadRequest(**values)


def _result(value: dict[str, Any]) -> PageResult:
    regions = (Region(one["label"], Box(*one["box"]), one["text"]) for one in value["regions"])
    return PageResult(
        **{name: value[name] for name in _AS_THEY_ARE if name in value},
        regions=tuple(regions),
        finish=Finish(value["finish"]),
        blocks=tuple(TextBlock(markdown, tuple(regions)) for markdown, regions in value.get("blocks", ())),
        tries=tuple(Try(**{**one, "finish": Finish(one["finish"])}) for one in value.get("tries", ())),
        chosen_try=value.get("kept", 0),
        missing_fonts=tuple(value.get("missing_fonts", ())),
        corners=SheetCorners.of(value["corners"]) if value.get("corners") else None,
        words=tuple(PlacedWord(**{**one, "boxes": _boxes(one["boxes"])}) for one in value.get("words", ())),
        check=_check(value["check"]) if "check" in value else None,
    )


def _check(value: dict[str, Any]) -> PageCheck:
    findings = tuple(
        Finding(**{**one, "kind": FindingKind(one["kind"]), "boxes": _boxes(one["boxes"])}) for one in value["findings"]
    )
    source = WordSource(value["source"]) if value["source"] else None
    return PageCheck(**{**value, "source": source, "findings": findings})


def _boxes(boxes: list[list[float]]) -> tuple[PreciseBox, ...]:
    return tuple((left, top, right, bottom) for left, top, right, bottom in boxes)
