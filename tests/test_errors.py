"""The error tree."""

import asyncio
import pickle

import pytest

from ocr import errors


def leaves_first(kind: type[errors.OcrError]) -> list[type[errors.OcrError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in leaves_first(child))]


TREE = [kind for kind in leaves_first(errors.OcrError) if kind.__module__ == "ocr.errors"]


def test_errors_exit_codes() -> None:
    """The command line's exit codes follow from the tree."""
    codes = {kind.__name__: kind.exit_code for kind in TREE}
    assert (codes["UsageError"], codes["WrongPassword"], codes["RenderFailed"]) == (2, 3, 1)
    assert (codes["Unreachable"], codes["UnknownModel"], codes["StreamCut"], codes["OutputError"]) == (4, 4, 1, 1)


def test_errors_text() -> None:
    assert str(errors.Silence("Nothing for 5 s.", "Wait.")) == "Nothing for 5 s. Wait."
    assert str(errors.Silence("Nothing for 5 s.")) == "Nothing for 5 s."


@pytest.mark.parametrize("kind", TREE)
def test_errors_survive_a_process_boundary(kind: type[errors.OcrError]) -> None:
    returned = pickle.loads(pickle.dumps(kind("what", "next")))
    assert (type(returned), returned.message, returned.next_step) == (kind, "what", "next")


def test_errors_confined_names_what_nobody_foresaw(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of the program's own becomes one of the tree; where it happened is in the log."""
    with pytest.raises(errors.ProgramFault, match=r"ZeroDivisionError.*report") as caught, errors.confined():
        _ = 1 / 0
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "_ = 1 / 0" in caplog.text


@pytest.mark.parametrize("passing", [errors.Silence("Nothing."), asyncio.CancelledError(), KeyboardInterrupt()])
def test_errors_confined_lets_pass_what_is_foreseen(passing: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(type(passing)) as caught, errors.confined():
        raise passing
    assert caught.value is passing
    assert caplog.text == ""
