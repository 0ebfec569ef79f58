"""The head of the page, as Gradio's template has it today: what is replaced there is found."""

from __future__ import annotations

import re

import pytest

from ocr.documents.renderer import Renderer
from tests.web.readers import ScriptedReader
from tests.web.serving import served


@pytest.fixture(scope="module")
def head(renderer: Renderer) -> str:
    with served(ScriptedReader([["text"]]), renderer) as app, app.client() as http:
        return http.get("/").text.partition("</head>")[0]


@pytest.mark.parametrize("tag", ['name="viewport"', 'rel="manifest"', 'rel="apple-touch-icon"'])
def test_page_markup_says_each_thing_once(head: str, tag: str) -> None:
    assert head.count(tag) == 1


def test_page_markup_reaches_under_a_notch(head: str) -> None:
    assert re.search(r'name="viewport" content="[^"]*viewport-fit=cover', head)


def test_page_markup_has_a_colour_for_each_scheme(head: str) -> None:
    assert re.findall(r'name="theme-color" media="\(prefers-color-scheme: (\w+)\)"', head) == ["light", "dark"]


def test_page_markup_names_what_is_ours_relative_to_the_page(head: str) -> None:
    """A proxy may serve the page under a path of its own."""
    ours = re.findall(r'(?:href|src)="([^"]*(?:manifest\.json|icons/|scripts/)[^"]*)"', head)
    assert len(ours) == 3
    assert not [address for address in ours if address.startswith("/")]


def test_page_markup_gives_every_script_the_nonce(head: str) -> None:
    assert "<script" in head
    assert not re.findall(r"<script(?! nonce=)", head)
