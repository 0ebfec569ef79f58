from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocr.config import arguments


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (arguments.parse_positive, "3", 3),
        (arguments.parse_seconds, "0.5", 0.5),
        (arguments.parse_share(2.0), "2", 2.0),
        (arguments.parse_port, "0", 0),
        (arguments.parse_url, "http://gpu:8000/v1/chat/completions/", "http://gpu:8000/v1"),
        (arguments.parse_credentials, "ada:love:lace", ("ada", "love:lace")),
        (arguments.parse_names, " a.org, ,*.b.org", ("a.org", "*.b.org")),
        (arguments.parse_formats, "MD,.docx,md", ("md", "docx")),
        (arguments.parse_switch, "On", True),
        (arguments.parse_photos, "Auto", "auto"),
        (arguments.parse_photos, "yes", "on"),
        (arguments.parse_photos, "off", "off"),
        (arguments.parse_share_of_memory, "1", 1.0),
        (arguments.parse_local, "yes", ""),
        (arguments.parse_local, "off", arguments.NEVER),
        (arguments.parse_local, "org/model", "org/model"),
        (arguments.parse_file, "./-", Path("-")),
    ],
)
def test_arguments_are_read(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "says"),
    [
        (arguments.parse_positive, "0", "1 or more"),
        (arguments.parse_seconds, "nan", "more than 0 seconds"),
        (arguments.parse_share(2.0), "nan", "0 to 2"),
        (arguments.parse_port, "65536", "0 to 65535"),
        (arguments.parse_url, "gpu:8000", "write http://gpu:8000"),
        (arguments.parse_credentials, "ada", "user:password"),
        (arguments.parse_formats, "odt", "choose from md, json"),
        (arguments.parse_formats, ",", "at least one"),
        (arguments.parse_switch, "maybe", "neither yes nor no"),
        (arguments.parse_photos, "maybe", "none of auto, on, off"),
        (arguments.parse_share_of_memory, "0", "more than 0"),
        (arguments.parse_file, "-", "standard input"),
        (arguments.parse_file, "", "empty"),
    ],
)
def test_arguments_say_what_they_take(parse: Callable[[str], Any], text: str, says: str) -> None:
    """Not-a-number is no number either."""
    with pytest.raises(argparse.ArgumentTypeError, match=says):
        parse(text)
