"""The endpoint for programs, asked by the client that programs use, over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gradio_client import Client as ApiClient
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from pikepdf import Encryption

from bench.replay import replay
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server, running_server
from ocr.engines.waiting_reader import reader_of
from ocr.errors import OcrError, Refused, Unreachable
from ocr.events import PageDone, PageRetried, TextArrived
from ocr.export import SCHEMA
from ocr.inference.client import Client
from ocr.types import Finish, PageId, PageResult
from ocr.web.api.api_request import Progress
from ocr.web.api.read_endpoint import update
from tests.conftest import ROOT, SAMPLES
from tests.documents.papers import pdf, text_page
from tests.web.conftest import LIGHTON, result
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import Served, served
from tests.web.starting import gate

ARTICLE = SAMPLES / "article.pdf"
SOON = 60
"""Seconds a test waits for what should take one."""


@contextmanager
def calling(app: Served, **options: Any) -> Iterator[ApiClient]:
    """A program."""
    patient = {"httpx_kwargs": {"timeout": 60}}  # else five seconds to connect
    client = ApiClient(app.url, verbose=False, analytics_enabled=False, download_files=False, **patient, **options)
    yield client
    client.close()


@pytest.fixture(scope="module")
def app(engine: Server, renderer: Renderer) -> Iterator[Served]:
    """The whole app, with the CPU engine."""
    with served(reader_of(engine, []), renderer, engine) as app:
        yield app


def left(app: Served) -> list[Path]:
    """Files of sessions; a call's are gone as soon as it has ended."""
    roots = (app.desk.sessions.private, app.desk.sessions.public)
    return [Path(folder, name) for root in roots for folder, _, names in os.walk(root) for name in names]


def until(condition: Any) -> bool:
    """Whether it holds before long."""
    end = time.monotonic() + SOON
    while not condition() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return bool(condition())


def test_api_streams_pages_and_then_the_result(app: Served) -> None:
    """Each page comes once as it ends; the last update has all that result.json holds, and nothing is left on disk."""
    with calling(app) as client:
        updates = list(client.submit(handle_file(ARTICLE), "1,3", api_name="/read"))
    pages = [number for one in updates for number in one["pages"]]
    assert sorted(pages) == ["1", "3"]
    assert [one["done"] for one in updates] == sorted(one["done"] for one in updates)
    assert all(one["total"] == 2 for one in updates)
    assert all(one["result"] == {} for one in updates[:-1])
    last = updates[-1]["result"]
    jsonschema.validate(last, json.loads(SCHEMA.read_text()))
    assert (last["document"]["name"], last["document"]["pages"]) == ("article.pdf", 3)
    assert [page["number"] for page in last["pages"]] == [1, 3]
    assert "How a Lawn Learns Where We Walk" in last["pages"][0]["markdown"]
    ended = {number: page for one in updates for number, page in one["pages"].items()}
    assert list(ended["1"].items()) == list(last["pages"][0].items())
    assert until(lambda: not left(app))


def test_api_predict_gives_the_result(app: Served) -> None:
    with calling(app) as client:
        read = client.predict(handle_file(SAMPLES / "receipt.jpg"), api_name="/read")
    assert read["done"] == read["total"] == 1
    assert read["result"]["pages"][0]["finish"] == "stop"
    assert read["result"]["pages"][0]["markdown"]


def test_api_example_of_the_docs(app: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs as it is written, for another address and file."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    assert '"paper.pdf"' in example
    written = example.replace("http://localhost:7861", app.url).replace("paper.pdf", str(ARTICLE))
    names: dict[str, Any] = {}
    exec(compile(written, "api.md", "exec"), names)
    names["pagelight"].close()
    said = capsys.readouterr().out
    assert sorted(re.findall(r"^page (\d), \d of 3: stop$", said, re.MULTILINE)) == ["1", "2", "3"]
    assert "# How a Lawn Learns Where We Walk" in said


def test_api_is_typed(app: Served) -> None:
    """The one endpoint there is says what it takes and what it sends."""
    with calling(app) as client:
        described = client.view_api(print_info=False, return_format="dict")
    assert isinstance(described, dict)
    assert list(described["named_endpoints"]) == ["/read"]
    endpoint = described["named_endpoints"]["/read"]
    names = [one["parameter_name"] for one in endpoint["parameters"]]
    assert names == ["file", "pages", "model", "temperature", "rotation", "password"]
    assert [one["parameter_has_default"] for one in endpoint["parameters"]] == [False, *[True] * 5]
    assert set(endpoint["returns"][0]["type"]["required"]) == {"done", "total", "text", "again", "pages", "result"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"pages": "3-1"}, '"3-1"'),
        ({"pages": "7"}, "the document has 3 pages"),
        ({"pages": 7}, "are texts"),
        ({"model": "gpt"}, "The server has no model 'gpt'. It serves: tesseract."),
        ({"temperature": 3}, "Enter a number from 0 to 2."),
        ({"temperature": {"a": []}}, "Enter a number from 0 to 2."),
        ({"rotation": 45}, "0, 90, 180 or 270"),
        ({"rotation": "left"}, "0, 90, 180 or 270"),
    ],
    ids=str,
)
def test_api_says_what_makes_no_sense(app: Served, options: dict[str, Any], says: str) -> None:
    """What is wrong, and what would be right."""
    with calling(app) as client, pytest.raises(AppError) as caught:
        client.predict(handle_file(ARTICLE), api_name="/read", **options)
    assert says in str(caught.value)


def test_api_says_what_is_wrong_with_a_document(app: Served, tmp_path: Path) -> None:
    """No document, an encrypted one, an empty one; with its password the encrypted one is read."""
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "empty.pdf").touch()
    locked = pdf(tmp_path / "locked.pdf", text_page(1), encryption=Encryption(owner="o", user="sesame"))
    with calling(app) as client:
        for name, says in (("notes.txt", "plain text"), ("empty.pdf", "empty"), ("locked.pdf", "password")):
            with pytest.raises(AppError, match=f"(?i){says}"):
                client.predict(handle_file(tmp_path / name), api_name="/read")
        read = client.predict(handle_file(locked), password="sesame", api_name="/read")
    assert read["result"]["pages"][0]["finish"] == "stop"
    assert until(lambda: not left(app))


@pytest.mark.parametrize("url", ["https://example.com/a.pdf", "http://169.254.169.254/latest"])
def test_api_fetches_no_address(app: Served, url: str) -> None:
    """A file is uploaded here or it is none: the server goes nowhere for a stranger."""
    with calling(app) as client, pytest.raises(Exception, match="403"):
        client.predict(handle_file(url), api_name="/read")


@pytest.mark.parametrize("file", ["/etc/hostname", None, {}, {"path": "/etc/hostname"}, 7, [1]], ids=str)
def test_api_opens_only_what_was_uploaded(app: Served, file: object) -> None:
    """Whatever stands where the file should be, nothing of this machine is read."""
    with calling(app) as client, pytest.raises(AppError, match="file was not found"):
        client.predict(file, api_name="/read")


def test_api_a_bad_page_does_not_end_the_call(renderer: Renderer, three_pages: Path) -> None:
    reader = ScriptedReader([["one"], [Refused("The image is too large.", "Send fewer pixels.")], ["three"]])
    with served(reader, renderer, Server("http://gpu.example/v1", "", 1)) as app, calling(app) as client:
        read = client.predict(handle_file(three_pages), api_name="/read")
    assert [page["finish"] for page in read["result"]["pages"]] == ["stop", "failed", "stop"]
    assert read["result"]["pages"][1]["error"] == "The image is too large. Send fewer pixels."


def test_api_measures_no_words(renderer: Renderer, three_pages: Path) -> None:
    """Their boxes, which the web page shows, are in no result of a call."""
    reader = ScriptedReader([["one"]])
    with served(reader, renderer) as app, calling(app) as client:
        client.predict(handle_file(three_pages), "1", api_name="/read")
    assert reader.options
    assert not reader.options.page_words


def test_api_says_that_the_server_is_down(renderer: Renderer, three_pages: Path) -> None:
    down: OcrError = Unreachable("Nothing answers at gpu.example.", "Start it.")
    with (
        served(ScriptedReader([[]], down=down), renderer) as app,
        calling(app) as client,
        pytest.raises(AppError, match=r"Nothing answers at gpu.example. Start it."),
    ):
        client.predict(handle_file(three_pages), api_name="/read")


def test_api_waits_for_a_server_that_starts(renderer: Renderer, three_pages: Path, tmp_path: Path) -> None:
    """A call begins before the model is ready, and says so; one that comes to nothing says why."""
    with (
        gate(tmp_path) as held,
        served(ScriptedReader([["text"]]), renderer, held.server) as app,
        calling(app) as client,
    ):
        job = client.submit(handle_file(three_pages), "1", api_name="/read")
        assert (next(iter(job))["done"], job.done()) == (0, False)
        held.open()
        assert job.result(timeout=60)["done"] == 1
    (tmp_path / "open").unlink()
    with (
        gate(tmp_path) as held,
        served(ScriptedReader([["text"]]), renderer, held.server) as app,
        calling(app) as client,
    ):
        held.break_it()
        held.open()
        with pytest.raises(AppError, match="memory"):
            client.predict(handle_file(three_pages), api_name="/read")


def test_api_a_file_that_was_cleared_away(app: Served) -> None:
    """Uploads are kept for an hour or two; a path that comes later is as one that never was."""
    with app.client() as http:
        path = Path(http.post("/gradio_api/upload", files={"files": ("a.pdf", b"%PDF- cleared")}).json()[0])
    path.unlink()
    with calling(app) as client, pytest.raises(Exception, match=r"file was not found"):
        client.predict({"path": str(path)}, api_name="/read")


def test_api_text_streams_before_a_page_ends(renderer: Renderer, three_pages: Path) -> None:
    reader = ScriptedReader([["Once upon", forever]])
    with served(reader, renderer) as app, calling(app) as client:
        job = client.submit(handle_file(three_pages), "2", api_name="/read")
        assert next(one["text"] for one in job if one["text"]) == {"2": "\n\nOnce upon"}
        job.cancel()
        assert reader.closed.wait(SOON)


def test_api_cancel_ends_the_requests(renderer: Renderer, three_pages: Path) -> None:
    """Upon the client's word nothing is asked for any more, and the files are gone."""
    reader = ScriptedReader([["Once upon", forever]])
    with served(reader, renderer, replace(LIGHTON, concurrency=1)) as app, calling(app) as client:
        job = client.submit(handle_file(three_pages), api_name="/read")
        next(one for one in job if one["text"])
        job.cancel()
        assert reader.closed.wait(SOON)
        assert until(lambda: not left(app))
        assert reader.asked == 1  # the pages that waited for the first one's end


def test_api_a_client_that_has_gone_is_noticed(renderer: Renderer, three_pages: Path) -> None:
    """A connection that breaks off ends the call too: nobody reads for nobody."""
    reader = ScriptedReader([["Once upon", forever]])
    with served(reader, renderer) as app, app.client() as http:
        with three_pages.open("rb") as file:
            path = http.post("/gradio_api/upload", files={"files": ("a.pdf", file)}).json()[0]
        endpoint = next(one for one in http.get("/config").json()["dependencies"] if one["api_name"] == "read")
        value = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "a.pdf"}
        body = {"data": [value, "", "", None, 0, ""], "fn_index": endpoint["id"], "session_hash": "gone"}
        assert http.post("/gradio_api/queue/join", json=body).status_code == 200
        with http.stream("GET", "/gradio_api/queue/data?session_hash=gone") as stream:
            next(line for line in stream.iter_lines() if "Once upon" in line)
        assert reader.closed.wait(SOON)
        assert until(lambda: not left(app))


def test_api_two_programs_at_once(app: Served) -> None:
    """Each gets its own document."""
    with calling(app) as one, calling(app) as other:
        jobs = [
            one.submit(handle_file(SAMPLES / "receipt.jpg"), api_name="/read"),
            other.submit(handle_file(ARTICLE), "3", api_name="/read"),
        ]
        names = [job.result(timeout=60)["result"]["document"]["name"] for job in jobs]
    assert names == ["receipt.jpg", "article.pdf"]


def test_api_asks_for_the_password_of_the_page(renderer: Renderer, three_pages: Path) -> None:
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app:
        with pytest.raises(Exception, match=r"(?i)auth|log"), calling(app):
            pass
        with calling(app, auth=("ada", "lovelace")) as client:
            assert client.predict(handle_file(three_pages), pages="1", api_name="/read")["done"] == 1


def test_api_update_tells_each_thing_once() -> None:
    """Text that a page's end or another attempt has made void is not sent; what was sent is not sent again."""
    page, progress = PageId(0, 2), Progress(total=3)
    progress.apply(TextArrived(page, "a", "a"))
    progress.apply(TextArrived(page, "b", "b"))
    assert update(progress)["text"] == {"2": "ab"}
    progress.apply(TextArrived(page, "c", "c"))
    progress.apply(PageRetried(page, 2, "It looped."))
    progress.apply(TextArrived(page, "d", "d"))
    told = update(progress)
    assert (told["again"], told["text"]) == ([2], {"2": "d"})
    ended: PageResult = result(Finish.STOP)
    progress.apply(TextArrived(page, "e", "e"))
    progress.apply(PageDone(page, ended))
    told = update(progress)
    assert (told["text"], list(told["pages"]), told["done"], told["total"]) == ({}, ["2"], 1, 3)
    assert update(progress) == {"done": 1, "total": 3, "text": {}, "again": [], "pages": {}, "result": {}}


def test_api_a_long_document_is_not_sent_over_and_over(renderer: Renderer, tmp_path: Path) -> None:
    """What goes over the wire grows with the text, not with its square: each page thrice at most, and small change."""
    text = " ".join(f"{number:x} words" for number in range(1000, 2000))
    document = pdf(tmp_path / "long.pdf", *[text_page(number) for number in range(1, 25)])

    async def pause() -> None:
        await asyncio.sleep(0.05)

    reader = ScriptedReader([[text[:4000], pause, text[4000:]]])
    with served(reader, renderer, Server("http://gpu.example/v1", "", 2)) as app, app.client() as http:
        with document.open("rb") as file:
            path = http.post("/gradio_api/upload", files={"files": ("a.pdf", file)}).json()[0]
        endpoint = next(one for one in http.get("/config").json()["dependencies"] if one["api_name"] == "read")
        value = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "a.pdf"}
        body = {"data": [value, "", "", None, 0, ""], "fn_index": endpoint["id"], "session_hash": "long"}
        assert http.post("/gradio_api/queue/join", json=body).status_code == 200
        sent = 0
        with http.stream("GET", "/gradio_api/queue/data?session_hash=long") as stream:
            for line in stream.iter_lines():
                sent += len(line)
                if "process_completed" in line:
                    whole = len(json.dumps(json.loads(line.removeprefix("data: "))["output"]["data"][0]["result"]))
                    break
    assert whole > 24 * 2 * len(text.strip())
    assert sent < 4 * whole


def test_api_reads_on_without_a_server_that_is_killed(renderer: Renderer, tmp_path: Path) -> None:
    """Two servers share a call's pages; one is killed in mid-page, and all pages are read at the first attempt."""
    paper = pdf(tmp_path / "paper.pdf", *[text_page(number, lines=8) for number in range(12)])
    with (
        replay(4, "--slots", 2, "--tokens", 60) as kept,
        replay(4, "--slots", 2, "--tokens", 60) as killed,
        running_server(Settings(server_url=(f"{kept.url}/v1", f"{killed.url}/v1"))) as server,
        served(reader_of(server, [Client(url) for url in server.urls]), renderer, server) as app,
        calling(app) as client,
    ):
        call = client.submit(handle_file(paper), api_name="/read")
        assert until(lambda: killed.stats()["events"] > 0)
        killed.process.kill()
        whole = call.result(timeout=60)
    pages = whole["result"]["pages"]
    assert [(page["finish"], page["attempts"]) for page in pages] == [("stop", 1)] * 12
    assert f"{kept.url}/v1" in {page["server"] for page in pages}
