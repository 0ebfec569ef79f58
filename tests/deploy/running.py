"""The app as an image or a Space starts it: a folder, an environment, a port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def running_app(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Run `python app.py` there with nothing but this environment; yield its URL and what it said by then."""
    base = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        [sys.executable, "app.py"], cwd=folder, env={**base, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            said = ""
            for line in process.stdout or ():
                said += line
                if "Pagelight is at" in line:
                    break
            assert "Pagelight is at" in said, said
            port = said.rsplit(":", 1)[1].strip(" /\n")
            yield f"http://127.0.0.1:{port}", said
        finally:
            process.terminate()
            if process.stdout:
                process.stdout.read()


def get(url: str, path: str = "/", host: str | None = None) -> httpx.Response:
    headers = {"host": host} if host else {}
    return httpx.get(url + path, headers=headers, trust_env=False, timeout=60)
