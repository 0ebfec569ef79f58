from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr.batch import status as looking
from ocr.batch.merge import main as merge
from ocr.batch.retry_pages import main as retry
from ocr.batch.status import main
from ocr.batch.status_report import duration
from ocr.errors import OutputError
from tests.batch.made_target import NOON, Target, made_row


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """One page of two has been read; it is 20 s past noon, and terminals are wide."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(looking.time, "time", lambda: NOON + 20)
    made = Target(tmp_path / "out")
    made.manifest((0, "[a].pdf", 10))
    made.part(0, [made_row("[a].pdf", 1, 3, at=0.0), made_row("[a].pdf", 2, 3, at=10.0)])
    return made


def test_a_run_under_way(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(target.path)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"pages +2 of 3 · 66\.6 %", out)
    assert "0.10 pages/s" in out
    assert "about 10 s" in out
    assert "cost" not in out and "failed" not in out and "\x1b" not in out


def test_a_run_that_has_ended_says_what_comes_next(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    target.part(0, [made_row("[a].pdf", 3, 3, finish="failed", error="It is damaged. Repair it.")])
    target.complete(0)
    assert main([str(target.path), "--price", "3.60", "--gpus", "2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"pages +3 of 3 · 100\.0 %", out)
    assert re.search(r"failed +1 page *\n +1 +It is damaged\. *\n +\[a\]\.pdf", out)
    assert f"batch retry {target.path} --failed" in out and f"batch merge {target.path}" in out
    assert "0.02 so far" in out  # 2 × 3.60 × 10 s


def test_json_has_all_of_it(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(target.path), "--json", "--price", "3.60"])
    value = json.loads(capsys.readouterr().out)
    assert value["pages"]["done"] == 2
    assert value["documents"] == {"total": 1, "done": 0, "failed": 0, "begun": 1, "unopened": 0}
    assert value["tasks"]["running"] == 1
    assert value["cost"] == pytest.approx({"so_far": 0.01, "to_come": 0.01})
    assert value["ended"] is False


def test_watching_goes_on_until_the_run_has_ended(
    target: Target, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause(seconds: float) -> None:
        assert seconds == 2.5
        target.part(0, [made_row("[a].pdf", 3, 3, at=15.0)])
        target.complete(0)

    monkeypatch.setattr(looking.time, "sleep", pause)
    assert main([str(target.path), "--watch", "2.5", "--json"]) == 0
    seen = [json.loads(line)["pages"]["done"] for line in capsys.readouterr().out.splitlines()]
    assert seen == [2, 3]


@pytest.mark.parametrize("arguments", [["--price", "much"], ["--price", "-1"], ["--gpus", "0"], ["--watch", "0"]])
def test_usage_errors(target: Target, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(target.path), *arguments])
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_durations_are_said_as_people_do() -> None:
    said = [duration(seconds) for seconds in (4.4, 89, 95, 5350, 5400, 12_060, 180_000, 10**6)]
    assert said == ["4 s", "89 s", "2 min", "89 min", "1 h 30 min", "3 h 21 min", "2 d 2 h", "11 d 13 h"]


def test_pages_of_documents_that_are_not_opened_are_an_estimate(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.manifest((0, "b.pdf", 41140))
    main([str(target.path)])
    assert re.search(r"pages +2 of about 12,300 · 0\.0 %", capsys.readouterr().out)


def test_a_run_that_has_not_begun_claims_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    made = Target(tmp_path)
    made.manifest((0, "a.pdf", 10))
    assert main([str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "not known yet" in out and "%" not in out and "no page has been read yet" in out


@pytest.mark.parametrize("command", [main, retry, merge])
def test_a_folder_without_a_run_says_so(
    tmp_path: Path, command: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([str(tmp_path)]) == OutputError.exit_code
    said = capsys.readouterr()
    assert "batch" in said.err and "--out" in said.err and not said.out


def test_a_run_that_stands_still_says_how_to_go_on(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(looking.time, "time", lambda: NOON + 4000)
    assert main([str(target.path)]) == 1
    out = capsys.readouterr().out
    assert "no page in the last 66 min" in out and "once more" in out and "1 idle" in out
