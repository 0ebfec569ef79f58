from __future__ import annotations

import pytest

from ocr.web.server.origins import is_foreign

JOIN = "/gradio_api/queue/join"
HOST = {"host": "ocr.example"}


def foreign(method: str, path: str, **headers: str) -> bool:
    raw = {**HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return is_foreign(method, path, {name.encode(): value.encode() for name, value in raw.items()})


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "https://ocr.example.evil.example", "https://ocr.example:8443", "null", "file://", "",
        "https://[", "https://notocr.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_origins_another_origin_is_foreign(origin: str, method: str) -> None:
    """Without Sec-Fetch-Site, which plain HTTP and old browsers lack, Origin decides: all of it counts."""
    assert foreign(method, JOIN, origin=origin)


@pytest.mark.parametrize("origin", ["https://ocr.example", "http://ocr.example", "https://OCR.example:443"])
def test_origins_the_page_itself_is_not(origin: str) -> None:
    assert not foreign("POST", JOIN, origin=origin)
    assert not foreign("POST", JOIN, origin=origin, sec_fetch_site="same-origin")
    assert not foreign("POST", JOIN, origin=origin, host="internal:7861", x_forwarded_host="ocr.example")


def test_origins_programs_are_not() -> None:
    """They send neither header."""
    assert not foreign("POST", JOIN)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_origins_other_sites_may_only_link_to_the_page(site: str) -> None:
    """The next port of localhost is as foreign as another domain; a link and a Space's frame lead to the page alone."""
    assert foreign("POST", JOIN, sec_fetch_site=site)
    assert foreign("GET", "/config", sec_fetch_site=site)
    assert foreign("GET", "/config", sec_fetch_site=site, sec_fetch_mode="navigate")
    assert foreign("GET", "/", sec_fetch_site=site, sec_fetch_mode="cors")
    assert foreign("POST", "/", sec_fetch_site=site, sec_fetch_mode="navigate")
    for dest in ("document", "iframe"):
        assert not foreign("GET", "/", sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest=dest)


def test_origins_a_proxy_that_renames_the_host_is_not_another_site() -> None:
    """The browser's own word counts before the host's name."""
    assert not foreign("POST", JOIN, origin="https://ocr.example", host="10.0.0.7:7860", sec_fetch_site="same-origin")
