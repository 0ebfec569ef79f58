"""What is told of a server: streamed or buffered, whose model, whose door is open."""

from __future__ import annotations

import pytest

from ocr.config.profiles import Model
from ocr.server_check.check_report import (
    Report,
    TimedAnswer,
    report_agreement,
    report_engine,
    report_key,
    report_model,
    report_page,
    word_recall,
)
from ocr.types import Finish


@pytest.mark.parametrize(
    ("pieces", "buffered"),
    [
        ([0.1 + 0.01 * n for n in range(100)], False),
        ([1.0 + 0.00001 * n for n in range(100)], True),
        ([1.0 + 0.2 * (n // 20) + 0.00001 * n for n in range(100)], True),
        ([1.0] * 7, None),
        ([], None),
    ],
)
def test_verdict_buffered(pieces: list[float], buffered: bool | None) -> None:
    """A stream, one burst, five bursts, and too little to tell."""
    assert TimedAnswer(chunk_times_s=pieces).buffered is buffered


def test_verdict_share_of_words() -> None:
    assert word_recall("The path. A ladder!", "the PATH and a ladder") == 0.8
    assert word_recall("anything", "") == 0.0


@pytest.mark.parametrize(
    ("model", "marks"),
    [
        (Model("lightonai/LightOnOCR-2-1B", None, 16384), ["ok", "ok"]),
        (Model("lightonai/LightOnOCR-2-1B"), ["ok", "ok"]),
        (Model("mine", None, 2048), ["!", "!"]),
    ],
)
def test_verdict_model(model: Model, marks: list[str]) -> None:
    """A name that says nothing and a context that holds no page deserve a look."""
    lines: list[str] = []
    report_model(model, Report(lines.append))
    assert [line.split()[0] for line in lines] == marks


@pytest.mark.parametrize(
    ("doors", "url", "mark", "says"),
    [
        ([], "https://h/v1", "ok", "everywhere"),
        (["/v1/models"], "https://h/v1", "!", "at your cost"),
        (["/v1/models"], "http://127.0.0.1:1/v1", "ok", "only this machine"),
        (["/invocations"], "https://h/v1", "!", "keyed.py"),
    ],
)
def test_verdict_key(doors: list[str], url: str, mark: str, says: str) -> None:
    """An open door deserves a look, unless only this machine can come through it."""
    lines: list[str] = []
    report_key(doors, url, "k", Report(lines.append))
    assert lines[0].startswith(mark)
    assert says in lines[0]


@pytest.mark.parametrize(
    ("finish", "share", "mark"), [(Finish.STOP, 0.9, "ok"), (Finish.LENGTH, 0.9, "!"), (Finish.STOP, 0.5, "!")]
)
def test_verdict_page(finish: Finish, share: float, mark: str) -> None:
    lines: list[str] = []
    report_page(TimedAnswer(finish=finish, tokens=10, seconds=1.0), share, Report(lines.append))
    assert lines[0].startswith(mark)


@pytest.mark.parametrize(
    ("owner", "program", "says"),
    [
        ("vllm", None, "vLLM"),
        ("llamacpp", None, "--ctx-size"),
        ("sglang", None, "SGLang"),
        ("lightonai", "ollama", "OLLAMA_CONTEXT_LENGTH"),
        ("lightonai", "transformers", "--model"),
        (None, "mlx-vlm", "--model"),
        ("organization_owner", None, "LM Studio"),
        (None, None, "not told"),
    ],
)
def test_verdict_engine(owner: str | None, program: str | None, says: str) -> None:
    """The program that serves the model, and what to see to there."""
    lines: list[str] = []
    report_engine(Model("m", owned_by=owner, slots=2), program, Report(lines.append))
    assert says in lines[0]
    assert "2 at once" in lines[0]


@pytest.mark.parametrize("name", ["lightonai/LightOnOCR-3-1B", "other"])
def test_verdict_tells_whether_servers_agree(name: str) -> None:
    """Those of one model share its pages; where they differ, it says which has which."""
    lines: list[str] = []
    first = Model("lightonai/LightOnOCR-3-1B", "a/b")
    report_agreement({"http://a": first, "http://b": Model(name, "a/b"), "http://c": None}, Report(lines.append))
    (line,) = lines
    assert line.startswith("ok" if name == first.id else "!")
    assert ("http://b has other" in line) is (name == "other")
