"""The manifest and the icons, as a browser fetches them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from PIL import Image

from ocr.documents.renderer import Renderer
from ocr.web.components import asset
from ocr.web.server.install_routes import COLOURS, ICONS
from tests.web.readers import ScriptedReader
from tests.web.serving import served


@pytest.fixture(scope="module")
def http(renderer: Renderer) -> Iterator[httpx.Client]:
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        yield http


def test_manifest_is_given_to_everybody(http: httpx.Client) -> None:
    """Before anybody has logged in too, and behind a proxy's path all of it lies below that."""
    answer = http.get("/manifest.json")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest, address = answer.json(), "https://office.example/reader/manifest.json"
    assert urljoin(address, manifest["start_url"]) == urljoin(address, manifest["scope"]) == urljoin(address, ".")
    assert {(icon["sizes"], icon.get("purpose")) for icon in manifest["icons"]} == {
        ("192x192", None),
        ("512x512", None),
        ("512x512", "maskable"),
    }


def test_manifest_icons_have_the_size_that_it_says(http: httpx.Client) -> None:
    for icon in http.get("/manifest.json").json()["icons"]:
        with Image.open(io.BytesIO(http.get(f"/{icon['src']}").content)) as image:
            assert "{}x{}".format(*image.size) == icon["sizes"]


@pytest.mark.parametrize("name", ["icon-maskable", "apple-touch-icon"])
def test_icons_that_a_launcher_cuts_have_no_transparency(http: httpx.Client, name: str) -> None:
    assert name in ICONS
    with Image.open(io.BytesIO(http.get(f"/icons/{name}.png").content)) as image:
        assert image.convert("RGBA").getextrema()[3] == (255, 255)


def test_colours_around_the_page_are_its_own() -> None:
    light, dark = asset("colours.css").split(".dark")
    assert f"--pl-panel: {COLOURS['light']};" in light
    assert f"--pl-panel: {COLOURS['dark']};" in dark
