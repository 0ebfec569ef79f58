"""The command line with two servers: one is killed in mid-page, one serves something else, one is not there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from bench.replay import ReplayServer, replay
from tests.cli.test_read import read_back
from tests.conftest import ROOT
from tests.documents.papers import pdf, text_page
from tests.engines.test_server_pool import serving
from tests.inference.scripted_server import scripted_server

PAGES = 16


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pages = [text_page(number, lines=8) for number in range(PAGES)]
    return pdf(tmp_path_factory.mktemp("papers") / "letters.pdf", *pages)


def command(paper: Path, out: Path, *urls: str) -> list[str]:
    servers = [word for url in urls for word in ("--server-url", url)]
    return [sys.executable, "-m", "ocr", str(paper), *servers, "--no-cache", "--out", str(out)]


def name_of(server: ReplayServer) -> str:
    return server.url.removeprefix("http://")


def test_cli_reads_on_without_a_server_that_is_killed(letters: Path, tmp_path: Path) -> None:
    """All pages are whole, none counts a second attempt, and which server is away is said while the other reads."""
    with replay(2, "--slots", 2, "--tokens", 60) as kept, replay(2, "--slots", 2, "--tokens", 60) as killed:
        run = subprocess.Popen(
            command(letters, tmp_path, kept.url, killed.url), cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        while not killed.stats()["events"]:
            assert run.poll() is None
            threading.Event().wait(0.02)
        before = killed.stats()["served"]
        killed.process.kill()
        said = run.communicate(timeout=200)[1]
        served = kept.stats()["served"]
    pages = read_back(tmp_path / "letters")["pages"]
    assert run.returncode == 0, said
    assert [(page["finish"], page["attempts"]) for page in pages] == [("stop", 1)] * PAGES  # type: ignore[attr-defined]
    assert sum(page["server"] == f"{kept.url}/v1" for page in pages) == served  # type: ignore[attr-defined]
    assert served >= PAGES - 2 - before  # two may have ended before the kill
    assert f"{name_of(killed)} does not answer" in said
    assert "--outage-timeout" not in said


def test_cli_gives_up_a_server_that_stays_away(letters: Path, tmp_path: Path) -> None:
    """Pages wait for it, then the rest are not read: that is said once, and no further document is opened."""
    with replay(2, "--slots", 2, "--tokens", 60) as server:
        run = command(letters, tmp_path, server.url)
        process = subprocess.Popen(
            [*run[:3], *[str(letters)] * 2, *run[3:], "--outage-timeout", "2"],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while server.stats()["served"] < 2:
            assert process.poll() is None
            threading.Event().wait(0.02)
        server.process.kill()
        said = process.communicate(timeout=200)[1]
    pages = read_back(tmp_path / "letters")["pages"]
    ends = [page["finish"] for page in pages]  # type: ignore[attr-defined]
    assert process.returncode == 4, said
    assert set(ends) <= {"stop", "failed", "unread"}
    assert ends.count("stop") >= 2
    assert ends.count("failed") <= 2  # those that were in mid-text
    assert ends[-1] == "unread"
    assert said.count(f"{name_of(server)} does not answer, ") == 1
    assert said.count(f"{name_of(server)} does not answer. ") <= 3  # once for all unread pages, and for the failed
    assert f"{name_of(server)} answers again" not in said
    assert "1 more document was not opened" in said
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]  # nothing was read of the second


def test_cli_stops_at_once_while_it_waits(letters: Path, tmp_path: Path) -> None:
    """Ctrl-C ends the wait for a server; what was read is written."""
    with replay(2, "--slots", 2, "--tokens", 60) as server:
        run = subprocess.Popen(command(letters, tmp_path, server.url), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert run.stderr
        while server.stats()["served"] < 2:
            assert run.poll() is None
            threading.Event().wait(0.02)
        server.process.kill()
        while "does not answer" not in (line := run.stderr.readline()):
            assert line
        run.send_signal(signal.SIGINT)
        said = line + run.communicate(timeout=100)[1]
    ends = [page["finish"] for page in read_back(tmp_path / "letters")["pages"]]  # type: ignore[attr-defined]
    assert run.returncode == 130, said
    assert set(ends) == {"stop", "cancelled"}
    assert f"{name_of(server)} answers again" not in said


@pytest.mark.anyio
async def test_cli_tells_which_server_is_not_read_with(letters: Path, tmp_path: Path) -> None:
    """Another model than the first server's is told and left alone; --model reads with the one that has it."""
    async with scripted_server(serving("ours")) as one, scripted_server(serving("theirs")) as two:
        run = command(letters, tmp_path, one.url, two.url)
        first = await anyio.run_process(run, cwd=ROOT)
        assert (len(one.reads), len(two.reads)) == (PAGES, 0)
        await anyio.run_process([*run, "--model", "theirs"], cwd=ROOT)
    said = first.stderr.decode()
    assert all(word in said for word in (two.url.split("/")[2], "theirs", "ours"))
    assert (len(one.reads), len(two.reads)) == (PAGES, PAGES)


@pytest.mark.anyio
async def test_cli_says_who_may_have_a_model(letters: Path, tmp_path: Path) -> None:
    """Of two servers one is not there: it is named, since it may have the model that the other lacks."""
    async with scripted_server(serving("theirs")) as late:
        pass
    async with scripted_server(serving("ours")) as one:
        run = [*command(letters, tmp_path, one.url, late.url), "--model", "theirs"]
        done = await anyio.run_process(run, cwd=ROOT, check=False)
    said = done.stderr.decode()
    assert done.returncode == 4
    assert late.url.split("/")[2] in said.splitlines()[-1]
    assert "ours" in said
