"""What verifies pages is opened where it is asked for, and loaded no sooner."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import open_reader
from ocr.engines.select import running_server
from ocr.library.verifying import opened_verifier
from tests.conftest import ROOT
from tests.inference.scripted_server import Connection, Request, scripted_server


async def answers(_request: Request, connection: Connection) -> None:
    await connection.stream("words", tokens=1)


@pytest.mark.anyio
@pytest.mark.parametrize("verify", [True, False])
async def test_opened_verifier(verify: bool) -> None:
    async with scripted_server(answers) as scripted:
        settings = Settings(server_url=(scripted.url,), cache=False)
        settings = replace(settings, request=replace(settings.request, verify=verify))
        with running_server(settings) as server, Renderer(1) as renderer:
            async with open_reader(settings, server) as opened, opened_verifier(settings, renderer, opened) as verifier:
                assert (verifier is not None) == verify


def test_opened_verifier_is_not_loaded_before() -> None:
    """Without --verify a start is no longer than it was."""
    code = "import sys, ocr.cli.read; print('ocr.grounding.ground' in sys.modules, 'rapidfuzz' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False False\n"
