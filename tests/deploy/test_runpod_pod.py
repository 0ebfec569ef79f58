"""pod.py against an imitation of RunPod's API v2.

The imitation was written from the published description (docs.runpod.io/api-reference-v2, read in November 2026); the
real service was not asked. It refuses what that description refuses: other paths, other fields, a missing key.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

FIELDS = {"name", "image", "cloud", "gpu", "disk", "mounts", "ports", "env"}


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("runpod_pod", ROOT / "deploy" / "runpod" / "pod.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["runpod_pod"] = module  # where dataclasses look for their module
    spec.loader.exec_module(module)
    return module


POD = load()

Answer = tuple[int, Any]
"""A status and what is said with it, None for nothing."""


@dataclass
class RunPod:
    """What the imitation holds: a pod, the states it goes through, and which GPUs are to be had."""

    states: list[str] = field(default_factory=lambda: ["PROVISIONING", "STARTING", "RUNNING"])
    available: tuple[str, ...] = POD.GPUS
    key: str = "rp-key"
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def __call__(self, method: str, path: str, key: str | None, body: Any) -> Answer:
        self.asked.append((method, path, body))
        if key != f"Bearer {self.key}":
            return problem(401, "Unauthorized")
        match method, path:
            case "POST", "/v2/pods":
                return self.create(body)
            case "GET", "/v2/pods":
                return 200, {"pods": [self.pod("EXITED")]}
            case "GET", "/v2/pods/p1":
                return 200, self.pod(self.states.pop(0))
            case "POST", "/v2/pods/p1/action" if body in ({"action": "stop"}, {"action": "start"}):
                return 200, self.pod("EXITED")
            case "DELETE", "/v2/pods/p1":
                return 204, None
        return problem(404, "The requested Pod does not exist.")

    def create(self, body: dict[str, Any]) -> Answer:
        if set(body) - FIELDS or not {"name", "image", "gpu"} <= set(body):
            return problem(422, "The body does not match.", [str(set(body) ^ FIELDS)])
        if body["gpu"]["id"] not in self.available:
            return problem(400, "There are no instances available.")
        return 201, self.pod("PROVISIONING")

    def pod(self, status: str) -> dict[str, Any]:
        ssh = {"direct": None, "proxy": {"command": "ssh p1-6441@ssh.runpod.io"}}
        gpu = {"id": "NVIDIA L4", "count": 1}
        return {"id": "p1", "name": "pagelight", "status": status, "gpu": gpu, "cost": 0.43, "ssh": ssh}


def problem(status: int, detail: str, errors: list[str] | None = None) -> Answer:
    return status, {"title": "Problem", "status": status, "detail": detail, "errors": errors or []}


@contextmanager
def served(service: Callable[[str, str, str | None, Any], Answer]) -> Iterator[str]:
    """The URL at which a service answers, over a real socket."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            key = self.headers["authorization"]
            status, said = service(self.command, self.path, key, json.loads(body) if body else None)
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("location", "/elsewhere")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(POD, "POLL_SECONDS", 0.0)


def pod_py(service: RunPod, *arguments: str, key: str = "rp-key") -> int:
    with served(service) as url:
        code: int = POD.main(arguments, {"RUNPOD_API_KEY": key} if key else {}, url)
    return code


@pytest.mark.usefixtures("no_waiting")
def test_pod_create(capsys: pytest.CaptureFixture[str]) -> None:
    """Rented, waited for; the price, the way in, the address and the way out are told."""
    service = RunPod()
    assert pod_py(service, "create") == 0
    method, path, body = service.asked[0]
    assert (method, path) == ("POST", "/v2/pods")
    assert body["ports"] == ["8000/http", "22/tcp"]
    assert body["gpu"] == {"id": POD.GPUS[0], "count": 1}
    assert body["mounts"]["persistent"]["size"] >= 40
    said = capsys.readouterr()
    assert "$0.43 an hour" in said.err
    assert "https://p1-8000.proxy.runpod.net" in said.out
    assert "ssh p1-6441@ssh.runpod.io" in said.out
    assert "pod.py stop p1" in said.out
    assert "rp-key" not in said.out + said.err


@pytest.mark.usefixtures("no_waiting")
def test_pod_create_takes_the_next_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    """RunPod does not fall back by itself: each GPU of the list is asked for."""
    service = RunPod(available=("NVIDIA L4",))
    assert pod_py(service, "create", "--gpu", "NVIDIA B200", "--gpu", "NVIDIA L4", "--gpu", "NVIDIA A40") == 0
    assert [body["gpu"]["id"] for _, _, body in service.asked if body] == ["NVIDIA B200", "NVIDIA L4"]
    assert "NVIDIA B200: not to be had (400): There are no instances available." in capsys.readouterr().err


@pytest.mark.usefixtures("no_waiting")
def test_pod_create_none_to_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert pod_py(RunPod(available=()), "create") == 1
    assert "--gpu" in capsys.readouterr().err


@pytest.mark.usefixtures("no_waiting")
def test_pod_create_that_fails_names_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert pod_py(RunPod(states=["STARTING", "ERROR"]), "create") == 1
    assert "pod.py stop p1 --terminate" in capsys.readouterr().err


def test_pod_create_too_slow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(POD, "READY_SECONDS", -1.0)
    assert pod_py(RunPod(), "create") == 1
    assert "pod.py status p1" in capsys.readouterr().err


def test_pod_status(capsys: pytest.CaptureFixture[str]) -> None:
    """One, or all of them, with what each costs."""
    assert pod_py(RunPod(states=["RUNNING"]), "status", "p1") == 0
    assert pod_py(RunPod(), "status") == 0
    one, every = capsys.readouterr().out.splitlines()
    assert one.split("\t")[:4] == ["p1", "RUNNING", "NVIDIA L4", "$0.43 an hour"]
    assert every.split("\t")[1] == "EXITED"


@pytest.mark.parametrize(
    ("arguments", "asked", "says"),
    [
        (["stop", "p1"], ("POST", "/v2/pods/p1/action", {"action": "stop"}), "costs money still"),
        (["stop", "p1", "--terminate"], ("DELETE", "/v2/pods/p1", None), "costs nothing more"),
    ],
)
def test_pod_stop(arguments: list[str], asked: object, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    service = RunPod()
    assert pod_py(service, *arguments) == 0
    assert service.asked == [asked]
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "request_line"),
    [
        (["create", "--dry-run"], "POST https://api.runpod.io/v2/pods\n"),
        (["status", "--dry-run"], "GET https://api.runpod.io/v2/pods\n"),
        (["status", "p1", "--dry-run"], "GET https://api.runpod.io/v2/pods/p1\n"),
        (["stop", "p1", "--dry-run"], "POST https://api.runpod.io/v2/pods/p1/action\n"),
    ],
)
def test_pod_dry_run(arguments: list[str], request_line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The request is printed, needs no key, and nothing is sent."""
    service = RunPod()
    assert pod_py(service, *arguments, key="") == 0
    assert capsys.readouterr().out.startswith(request_line)
    assert service.asked == []


@pytest.mark.parametrize(
    ("status", "says"), [(402, "balance"), (404, "no such pod"), (429, "patience"), (500, "answers 500: boom")]
)
def test_pod_refused(status: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with served(lambda *_: problem(status, "boom")) as url:
        assert POD.main(["status", "x"], {"RUNPOD_API_KEY": "k"}, url) == 1
    assert says in capsys.readouterr().err


def test_pod_wrong_or_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert pod_py(RunPod(), "status", key="other") == 1
    assert "refuses the key" in capsys.readouterr().err
    assert pod_py(RunPod(), "status", key="") == 2
    assert "RUNPOD_API_KEY" in capsys.readouterr().err


def test_pod_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    with served(RunPod()) as url:
        pass
    assert POD.main(["status"], {"RUNPOD_API_KEY": "k"}, url) == 1
    assert "does not answer" in capsys.readouterr().err


def test_pod_key_follows_no_redirect(capsys: pytest.CaptureFixture[str]) -> None:
    """Another place that the answer names is not asked, and so never given the key."""
    asked = []

    def elsewhere(method: str, path: str, key: str | None, body: object) -> Answer:
        asked.append(path)
        return problem(302, "moved")

    with served(elsewhere) as url:
        assert POD.main(["status"], {"RUNPOD_API_KEY": "k"}, url) == 1
    assert asked == ["/v2/pods"]
    assert "302" in capsys.readouterr().err
