"""`--engine slurm` on a real Slurm on loopback: a node that is killed in mid-run, and the commands of docs/batch.md.

The server that reads is an imitation (coded_pages.py), so that pages can be counted exactly.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocr.batch.batch_command import main
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.slurm_engine import job_name, launch
from ocr.batch.storage import Folder
from ocr.config.settings import Settings
from ocr.errors import UsageError
from tests.batch.cluster_runs import BATCH, TaskPages, completed, counted
from tests.batch.coded_pages import CodedServer, Counts, asked_pages, coded_documents, count
from tests.batch.s3_server import S3Server
from tests.batch.slurm_cluster import NODES, Nodes, SlurmCluster, slurm_cluster
from tests.conftest import ROOT

PAGES = (9, 7, 8, 6, 9, 7, 8, 6)
TASKS = 4
CONCURRENCY = 2
DEADLINE_S = 500
"""Against a hang."""
KEY = "the-key-of-the-servers"


def wait_until(so: Callable[[], object], cluster: SlurmCluster) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not so():
        assert time.monotonic() < deadline, (cluster.queue(), cluster.logs())
        time.sleep(0.1)


@pytest.mark.timeout(2 * DEADLINE_S)
def test_slurm_loses_a_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node is killed, and a job on another told that its time is up: both go on, and every page is there once.

    On the way: what Slurm refuses, a second start, and that no key is stored.
    """
    source, target = tmp_path / "papers", tmp_path / "read"
    texts = coded_documents(source, PAGES)
    with slurm_cluster(tmp_path / "slurm") as cluster, CodedServer(tmp_path) as server:
        for name in ("SLURM_CONF", "PATH"):
            monkeypatch.setenv(name, cluster.environment[name])
        monkeypatch.setenv("OCR_API_KEY", KEY)
        server.hold()
        command = [source, "--out", target, "--engine", "slurm", "--tasks", TASKS, "--concurrency", CONCURRENCY]
        command += ["--server-url", server.url, "--longest-side", 112, "--cpus", 1, "--memory", "500M"]

        def batch(*more: str) -> tuple[int, str]:
            code = main([*map(str, command), *more])
            return code, capsys.readouterr().err

        for options, said in (
            (["--partition", "nowhere"], "nowhere"),
            (["--api-key", "other"], "OCR_API_KEY"),
            (["--server-url", "http://me:secret@127.0.0.1:9"], "OCR_API_KEY"),
            (["--", "--api-key", "secret"], "OCR_API_KEY"),
        ):
            code, told = batch(*options)
            assert (code, said in told) == (2, True), told
        done = subprocess.run(
            [*BATCH, *map(str, command), "--partition", "pages", "--time", "10"], capture_output=True, text=True
        )
        assert (done.returncode, f"batch status {target}" in done.stderr) == (0, True), done.stderr
        pages = TaskPages(target, texts)
        wait_until(lambda: len(pages.held(server)) == len(NODES), cluster)  # each node has one processor
        (lost, _), (_, out_of_time), _ = [(node, job) for job, (_, node) in cluster.queue().items() if node]
        assert cluster.kill_node(lost) > 2, "its slurmd, the job's slurmstepd, and the job"
        cluster.run("scancel", "--batch", "--signal=USR1", out_of_time)
        code, told = batch()
        assert (code, "scancel" in told) == (2, True), told
        server.release()
        wait_until(lambda: not cluster.queue(), cluster)

        assert completed(target) == set(range(TASKS)), cluster.logs()
        failures = cluster.log("slurmctld").count("due to failure of node")
        requeued = cluster.log("slurmctld").count("Requeuing JobId")
        counts = counted(target, texts, server)
        with capsys.disabled():
            sys.stdout.write(f"\nSlurm, a node killed and a job at its time limit: {counts}\n")
        assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)
        assert (failures >= 1, requeued) == (True, failures + 1), cluster.logs()
        assert counts.asked_twice <= failures * max(pages.totals.values()) + CONCURRENCY
        assert batch()[0] == 0
        assert cluster.queue() == {}
        assert not [path for path in target.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def documented() -> list[str]:
    """The commands of docs/batch.md that lead from nothing to the first page on Slurm: install, start, look."""
    _, _, text = (ROOT / "docs" / "batch.md").read_text().partition("\nOn Slurm, ")
    found = re.search(r"(?ms)^```sh\n(.+?)^```$", text)
    assert found
    return found[1].splitlines()


def parts_of(target: str) -> list[dict[str, Any]]:
    """The rows of a run."""
    folder = Folder(target)
    tables = [pq.read_table(io.BytesIO(folder.read(name))) for name in folder.names("pages/")]
    return pa.concat_tables(tables).to_pylist()


@pytest.mark.timeout(2 * DEADLINE_S)
def test_slurm_as_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: S3Server) -> None:
    """The commands of docs/batch.md are what it takes; each job starts a server of its own, and keeps it for its tasks.

    Then with TARGET in an object store, whose keys come from the environment and are written nowhere.
    """
    data, log, secret = tmp_path / "our data", tmp_path / "asked.txt", "the-secret-of-the-store"
    texts = coded_documents(data / "papers", [3])
    install, start, look = ([word.replace("/data", str(data)) for word in shlex.split(line)] for line in documented())
    assert {"vllm", "scale"} <= set(install)
    start += ["--longest-side", "112", "--render-workers", "1"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with slurm_cluster(tmp_path / "slurm", Nodes(("n1",), "gpu", cpus=8, memory_mb=65536, gpus=1)) as cluster:
        variables = cluster.environment | {
            "PATH": f"{Path(sys.executable).parent}:{cluster.environment['PATH']}",
            "PYTHONPATH": str(ROOT),
            "OCR_VLLM_COMMAND": f"{sys.executable} -m tests.batch.coded_vllm",
            "CODED_LOG": str(log),
        }

        def run(command: list[str]) -> None:
            done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
            assert done.returncode == 0, (command, done.stdout, done.stderr, cluster.logs())

        def starts() -> int:
            return len(log.with_suffix(".starts").read_text().splitlines())

        run(start)
        wait_until(lambda: not cluster.queue(), cluster)
        run(look)  # whose exit code is 0 when every page has a row
        counts = count(texts, parts_of(str(data / "read")), asked_pages(log))
        assert (counts, starts()) == (Counts(3, missing=0, doubled=0, wrong=0, asked_twice=0), 1), cluster.logs()

        texts |= coded_documents(data / "papers", [2, 1], first=1)
        target = f"s3://{s3.bucket()}/run"
        run([*start, "--out", target, "--tasks", "2", "--tasks-per-job", "2"])
        wait_until(lambda: not cluster.queue(), cluster)
        counts = count(texts, parts_of(target), {})
        assert (counts, starts()) == (Counts(6, missing=0, doubled=0, wrong=0, asked_twice=0), 2), cluster.logs()
        folder = Folder(target)
        stats = [json.loads(folder.read(f"logs/stats/{task:05d}.json"))[0]["stats"]["done"] for task in range(2)]
        # Each of a job's tasks for itself; datatrove writes a number alone where it is 1.
        assert sum(done if isinstance(done, int) else done["total"] for done in stats) == 6
        written = [folder.read(name) for name in folder.names()]
        written += [path.read_bytes() for path in (tmp_path / "slurm_logs").rglob("*.out")]
        assert len(written) > 6
        assert not [one for one in written if secret.encode() in one]


def test_slurm_without_sbatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything is submitted."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="sbatch"):
        launch(BatchSettings("papers", "read", Settings()), 1, str)


def test_slurm_job_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By it a second array of the same run is found."""
    monkeypatch.chdir(tmp_path)
    same = ("read", "read/", str(tmp_path / "read"))
    assert len({job_name(BatchSettings("papers", target, Settings())) for target in same}) == 1
    others = ("s3://b/read", "s3://b/read/", "s3://c/read", "other")
    assert len({job_name(BatchSettings("papers", target, Settings())) for target in others}) == 3
