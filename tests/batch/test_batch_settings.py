"""The record of a run keeps two from being mixed in one folder."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.batch.batch_settings import BatchEngine, BatchSettings, begin_run, check_model, read_run
from ocr.batch.storage import Folder
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import OutputError, UsageError


def settings(target: Path, **request: object) -> BatchSettings:
    asked = ReadRequest(password="secret", **request)  # type: ignore[arg-type]
    return BatchSettings("in", str(target), Settings(request=asked))


def test_begin_run_goes_on_with_the_same_run(tmp_path: Path) -> None:
    """Engine, workers, servers and the password may differ; the password is not written."""
    begin_run(settings(tmp_path, pages="1-3"))
    other = settings(tmp_path, pages="1-3")
    reading = replace(other.reading, server_url=("http://b/v1",), request=replace(other.reading.request, password="x"))
    begin_run(replace(other, engine=BatchEngine.SHARD, shard=(0, 2), workers=7, reading=reading))
    assert read_run(Folder(tmp_path)).pages == "1-3"
    assert b"secret" not in (tmp_path / "run.json").read_bytes()


@pytest.mark.parametrize("request_", [{"pages": "1-4"}, {"longest_side": 900}, {"headers": True}, {"layout": False}])
def test_begin_run_refuses_another_run(tmp_path: Path, request_: dict[str, object]) -> None:
    """It says what differs, and leaves the record as it is."""
    begin_run(settings(tmp_path, pages="1-3"))
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(UsageError) as refused:
        begin_run(settings(tmp_path, **{"pages": "1-3", **request_}))
    assert f"--{next(iter(request_)).replace('_', '-')} was" in str(refused.value)
    assert (tmp_path / "run.json").read_bytes() == before
    with pytest.raises(UsageError, match="SOURCE was in"):
        begin_run(replace(settings(tmp_path, pages="1-3"), source="elsewhere"))


def test_read_run_says_what_is_no_run(tmp_path: Path) -> None:
    """A folder without a record, and a record that is damaged, are errors that name it."""
    with pytest.raises(OutputError, match="no batch run"):
        read_run(Folder(tmp_path))
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(OutputError, match="damaged"):
        read_run(Folder(tmp_path))


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    """What a newer Pagelight wrote may mean something else; the command says what to do, and leaves the record."""
    begin_run(settings(tmp_path))
    record = json.loads((tmp_path / "run.json").read_bytes())
    (tmp_path / "run.json").write_text(json.dumps(record | {"version": record["version"] + 1}))
    for use in (lambda: read_run(Folder(tmp_path)), lambda: begin_run(settings(tmp_path))):
        with pytest.raises(OutputError, match="version") as refused:
            use()
        assert "--out" in refused.value.next_step


def test_check_model(tmp_path: Path) -> None:
    """The first model that reads is the run's."""
    check_model(Folder(tmp_path), "a")
    check_model(Folder(tmp_path), "a")
    with pytest.raises(UsageError, match="by a, not by b"):
        check_model(Folder(tmp_path), "b")


def test_batch_settings_travel_to_other_machines() -> None:
    """They can be pickled, and are the key of a process's engine."""
    one = settings(Path("out"), pages="2")
    assert pickle.loads(pickle.dumps(one)) == one
    assert len({one, pickle.loads(pickle.dumps(one))}) == 1


def test_settings_for_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths lead to the same places from any folder; addresses stay."""
    monkeypatch.chdir(tmp_path)
    here = BatchSettings("papers/**/*.pdf", "read", Settings()).on_nodes()
    assert (here.source, here.target) == (str(tmp_path / "papers/**/*.pdf"), str(tmp_path / "read"))
    stores = BatchSettings("hf://datasets/o/n", "s3://b/read", Settings())
    assert stores.on_nodes() == stores
