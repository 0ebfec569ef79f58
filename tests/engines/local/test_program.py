"""The port of a server to be started."""

from __future__ import annotations

import socket

import pytest

from ocr.engines.local.program import Launch, check_port, free_port
from ocr.engines.vllm.vllm_program import VLLM
from ocr.errors import PortInUse


def launch_on(port: int) -> Launch:
    return Launch(VLLM, (), "m", port, "key", {})


def test_program_taken_port() -> None:
    """A port that somebody listens on is refused before the server is started: its health is not ours."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse, match="--vllm-port"):
        check_port(launch_on(taken.getsockname()[1]))
    check_port(launch_on(free_port()))


def test_program_key_is_not_shown() -> None:
    """A traceback or a log that shows the launch shows neither the key nor the environment that holds it."""
    assert "s3cret" not in repr(Launch(VLLM, (), "m", 1, "s3cret", {"VLLM_API_KEY": "s3cret"}))
