"""The program of the page; tests/test_app.py starts it in full."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace

import pytest

from ocr.extras import EXTRAS
from ocr.web.web_command import main


def test_main_without_the_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where Gradio is not installed it ends at once, with what installs it; nothing was started."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setitem(EXTRAS, "app", replace(EXTRAS["app"], module="no_such_package"))
    before = set(threading.enumerate())
    assert main(["--port", "0"]) == 2
    assert set(threading.enumerate()) <= before
    assert "pip install 'gradio" in capsys.readouterr().err
