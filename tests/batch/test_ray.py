"""`--engine ray` on a real Ray of two nodes on loopback: a worker is killed in mid-run, then a node.

The server that reads is an imitation (coded_pages.py), so that pages can be counted exactly.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr.batch.batch_run import MAX_NAMED
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.manifest import read_manifest
from ocr.batch.ray_engine import launch
from ocr.batch.storage import Folder
from ocr.config.settings import Settings
from ocr.errors import NotVerified, UsageError
from tests.batch.cluster_runs import TaskPages, completed, counted
from tests.batch.coded_pages import CodedServer, coded_documents
from tests.batch.ray_cluster import PYTHON, ray_cluster

PAGES = (9, 7, 8, 6, 9, 7, 8, 6)
TASKS = 4
CONCURRENCY = 2
DEADLINE_S = 500
"""Against a hang: Ray alone takes half a minute to start on two busy cores."""


@pytest.mark.timeout(2 * DEADLINE_S)
def test_ray_loses_a_worker_and_a_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their tasks are run again, every page is there once, and what is asked for the end is done then.

    The pages have no words to compare with, so that --require is not met.
    """
    source, target = tmp_path / "papers", tmp_path / "read"
    texts = coded_documents(source, PAGES)
    with ray_cluster() as cluster, CodedServer(tmp_path) as server:
        server.hold()
        command = [PYTHON, "-m", "ocr", "batch", source.name, "--out", target.name, "--engine", "ray", "--tasks", TASKS]
        command += ["--server-url", server.url, "--longest-side", 112, "--concurrency", CONCURRENCY, "--cpus", 1,
                    "--formats", "md", "--require", 1]  # fmt: skip
        words = list(map(str, command))
        log = tmp_path / "driver.log"
        with log.open("w") as output:
            driver = subprocess.Popen(words, cwd=tmp_path, env=cluster.environment, stdout=output, stderr=output)
        try:

            def wait_until(so: Callable[[], object]) -> None:
                deadline = time.monotonic() + DEADLINE_S
                while not so():
                    assert time.monotonic() < deadline, log.read_text()
                    assert driver.poll() is None, log.read_text()
                    time.sleep(0.1)

            wait_until(lambda: read_manifest(Folder(target)))
            pages = TaskPages(target, texts)
            wait_until(lambda: len(pages.held(server)) == 2)  # each node has one processor
            workers = cluster.workers(0)
            assert workers
            for worker in workers:
                worker.kill()
            cluster.kill_node(1)
            server.release()
            code = driver.wait(DEADLINE_S)
        finally:
            driver.kill()
            driver.wait()
        assert (code, completed(target)) == (NotVerified.exit_code, set(range(TASKS))), log.read_text()
        assert all(id in log.read_text() for id in sorted(texts)[:MAX_NAMED])
        written = {id: (target / "documents" / id / "document.md").read_text() for id in texts}
        assert all(text in written[id] for id, pages_of_document in texts.items() for text in pages_of_document)
        counts = counted(target, texts, server)
        with capsys.disabled():
            sys.stdout.write(f"\nRay, a worker and a node killed: {counts}\n")
        assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)
        assert counts.asked_twice <= sum(sorted(pages.totals.values())[-2:])


def test_ray_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how it is installed."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match="pip install ray"):
        launch(BatchSettings("papers", "read", Settings()), 1, str)
