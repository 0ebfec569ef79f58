"""A run by the command: what it says, what it leaves in TARGET, and by which exit code it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.batch import merge
from ocr.batch.batch_run import main
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.task_engine import STOP_SIGNALS
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.interrupts import INTERRUPTED
from tests.batch.batch_runs import rows
from tests.conftest import ROOT, SAMPLES


def batch(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocr", "batch", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)


def test_batch_reads_with_the_cpu_engine(tmp_path: Path) -> None:
    """No server is needed; a second run reads nothing, and one with other options is refused."""
    target = str(tmp_path / "out")
    asked = (str(SAMPLES / "letter.pdf"), "--out", target, "--reader", "tesseract", "--longest-side", "1100")
    first = batch(*asked)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith(f"{target}\t1 page")
    assert "1 document in 1 task" in first.stderr
    (row,) = rows(tmp_path / "out")
    assert row["finish"] == "stop"
    assert len(row["markdown"]) > 300
    second = batch(*asked)
    assert (second.returncode, second.stdout) == (0, f"{target}\t0 pages\n")
    other = batch(*asked, "--pages", "1")
    assert other.returncode == 2
    assert "--pages was the default, and is 1 now" in other.stderr


def test_batch_says_what_is_wrong(tmp_path: Path) -> None:
    """A SOURCE without documents is a usage error, a server that is not there one of its own."""
    (tmp_path / "empty").mkdir()
    assert batch(str(tmp_path / "empty"), "--out", str(tmp_path / "out")).returncode == 2
    gone = batch(
        str(SAMPLES / "letter.pdf"), "--out", str(tmp_path / "out2"), "--server-url", "http://127.0.0.1:9",
        "--outage-timeout", "0.1",
    )  # fmt: skip
    assert gone.returncode == 4, gone.stderr
    assert "Traceback" not in gone.stderr
    assert not rows(tmp_path / "out2")


def test_batch_can_be_interrupted_while_it_writes_documents(
    tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are read by then: nothing that was started for them is left, and the next call writes the documents."""
    handlers = [signal.getsignal(number) for number in STOP_SIGNALS]

    def interrupted(*_: object, **__: object) -> str:
        assert [signal.getsignal(number) for number in STOP_SIGNALS] == handlers
        signal.raise_signal(signal.SIGINT)
        return ""

    reading = Settings(server_url=(server_url,), request=ReadRequest(longest_side=200), render_workers=1, quiet=True)
    settings = BatchSettings(str(SAMPLES / "letter.pdf"), str(tmp_path), reading, formats=("md",))
    with monkeypatch.context() as patch:
        patch.setattr(merge, "merge_with_progress", interrupted)
        assert main(settings) == INTERRUPTED
    assert main(settings) == 0
    assert (tmp_path / "documents/letter.pdf/document.md").exists()
