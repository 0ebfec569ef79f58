"""The library over HTTP: for the page of a private machine alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ocr.document_store.document_library import DocumentLibrary
from ocr.documents.renderer import Renderer
from tests.document_store.keeping import given, keep
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one document, number 1."""
    folder = tmp_path_factory.mktemp("data")
    library = DocumentLibrary(folder / "library", 10**9)
    document = given(folder / "a.pdf", "secret", pages=1)
    pdf(document.path, text_page(1))
    keep(library, document, "Xylophone")
    library.close()
    return folder / "library"


@pytest.fixture(scope="module")
def app(renderer: Renderer, folder: Path) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr.web.page_layout.UNDO_S", 3600.0)  # however slow this machine is
        with served(ScriptedReader([["text"]]), renderer, library_dir=folder) as app:
            yield app


@pytest.fixture
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as http:
        yield http


def test_library_routes_list_and_find(http: httpx.Client) -> None:
    """The list in the visitor's language, not sent again while it is the same."""
    answer = http.get("/library", params={"query": "xylo", "language": "fr"})
    assert [one["name"] for one in answer.json()["documents"]] == ["a.pdf"]
    assert [(one["document"], one["matched"]) for one in answer.json()["hits"]] == [(1, "Xylo")]
    assert http.get("/library").json()["hits"] == []
    same = {"query": "xylo", "language": "fr"}
    assert http.get("/library", params=same, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_library_routes_thumbnail(http: httpx.Client) -> None:
    (listed,) = http.get("/library").json()["documents"]
    assert listed["thumbnail"].startswith("1/thumbnail")
    for _ in range(2):
        answer = http.get(f"/library/{listed['thumbnail']}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content.startswith(b"\xff\xd8")
    assert http.get("/library/99/thumbnail").status_code == 404


@pytest.mark.parametrize(("method", "what"), [("GET", "thumbnail"), ("POST", "delete"), ("POST", "undo")])
def test_library_routes_of_numbers_that_no_document_has(http: httpx.Client, method: str, what: str) -> None:
    """Longer than any number can be."""
    for number in (10**12, 2**63, 10**300):
        assert http.request(method, f"/library/{number}/{what}").status_code == 404


def test_library_routes_notice_is_dismissed(http: httpx.Client, app: Served) -> None:
    assert app.desk.library
    app.desk.library.library.notices.add_removed(["old.pdf"])
    answer = http.get("/library")
    assert "old.pdf" in answer.json()["notice"]
    assert http.post("/library/notice/dismiss").status_code == 200
    again = http.get("/library", headers={"If-None-Match": answer.headers["etag"]})
    assert again.json()["notice"] == ""


def test_library_routes_delete_and_undo(http: httpx.Client) -> None:
    assert http.post("/library/1/delete").status_code == 200
    assert http.get("/library").json()["documents"] == []
    assert http.post("/library/1/undo").status_code == 200
    assert [one["id"] for one in http.get("/library").json()["documents"]] == [1]


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/library"), ("GET", "/library/1/thumbnail"), ("POST", "/library/1/delete"), ("POST", "/library/1/undo"),
    ("POST", "/library/notice/dismiss"),
])  # fmt: skip
def test_security_library_is_not_for_other_sites(http: httpx.Client, method: str, path: str) -> None:
    """Neither under another host name (DNS rebinding) nor from another origin."""
    assert http.request(method, path, headers={"Host": "evil.example"}).status_code == 400
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert http.request(method, path, headers=headers).status_code == 403
    assert [one["id"] for one in http.get("/library").json()["documents"]] == [1]


@pytest.mark.parametrize("path", ["/library/1/delete", "/library/1/undo"])
def test_security_library_changes_by_posts_alone(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


def test_security_library_of_a_shared_page_is_none(renderer: Renderer, folder: Path) -> None:
    """Nothing is kept, and nothing that was kept is shown; test_settings.py has what makes a page a shared one."""
    public = {"host": "0.0.0.0", "library_dir": folder}
    with served(ScriptedReader([["text"]]), renderer, **public) as app, app.client() as http:
        assert app.desk.library is None
        for method, path in (("GET", ""), ("GET", "/1/thumbnail"), ("POST", "/1/delete")):
            answer = http.request(method, f"/library{path}")
            assert answer.status_code == 404
            assert b"xylophone" not in answer.content.lower()
