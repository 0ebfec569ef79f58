"""Rent, watch and give back a RunPod pod from your own machine: `python deploy/runpod/pod.py create|status|stop`.

Speaks RunPod's REST API v2 (https://docs.runpod.io/api-reference-v2); v1 ends on 1 December 2026. The API key is read
from RUNPOD_API_KEY. `--dry-run` prints the request and sends nothing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import certifi

API = "https://api.runpod.io"
IMAGE = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404"
"""RunPod's own image, with SSH and Python 3.12; vLLM brings its CUDA along."""
GPUS = ("NVIDIA GeForce RTX 4090", "NVIDIA L4", "NVIDIA RTX A5000", "NVIDIA GeForce RTX 3090")
"""Tried one after the other; each has 24 GB."""
PORT = 8000
DISK_GB = 10
"""Of the container; it is lost when the pod stops."""
VOLUME_GB = 40
"""At /workspace; it stays when the pod stops, and costs money then too."""
POLL_SECONDS = 5.0
READY_SECONDS = 600.0
TIMEOUT_S = 60.0
"""For a connection, and for each read."""


class PodError(Exception):
    """What RunPod answered instead of what was asked, in a sentence."""


@dataclass(frozen=True)
class Ask:
    """One request to the API."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        """As --dry-run prints it."""
        return f"{self.method} {API}{self.path}" + (f"\n{json.dumps(self.body, indent=2)}" if self.body else "")


def create_ask(gpu: str, arguments: argparse.Namespace) -> Ask:
    """The request for a pod with this GPU."""
    body: dict[str, Any] = {
        "name": arguments.name,
        "image": arguments.image,
        "cloud": arguments.cloud,
        "gpu": {"id": gpu, "count": 1},
        "disk": DISK_GB,
        "mounts": {"persistent": {"size": arguments.volume, "path": "/workspace"}},
        "ports": [f"{PORT}/http", "22/tcp"],
        "env": {"HF_HOME": "/workspace/huggingface"},  # the weights survive a stop, as vLLM beside them does
    }
    return Ask("POST", "/v2/pods", body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to RunPod alone."""

    def redirect_request(self, *_: object) -> None:
        """Take a redirect for a refusal."""


class Api:
    """RunPod's API."""

    def __init__(self, url: str, key: str) -> None:
        """`key` is sent as bearer token."""
        trust = ssl.create_default_context(cafile=certifi.where())  # some Pythons find no authorities of their own
        trust.load_default_certs()
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), _NoRedirect)
        self._url = url
        self._headers = {
            "authorization": f"Bearer {key}",
            "content-type": "application/json",
            "accept": "application/json",
            "user-agent": "pagelight",  # Python's own is turned away by some services
        }

    def send(self, ask: Ask) -> dict[str, Any]:
        """The answer's JSON; empty where there is none.

        Raises:
            PodError: it is no success, or nothing answers.
        """
        body = json.dumps(ask.body).encode() if ask.body else None
        request = urllib.request.Request(self._url + ask.path, body, self._headers, method=ask.method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise PodError(f"{API} does not answer: {reason}. Check the network.") from error
        return dict(json.loads(content)) if content else {}


class NoCapacity(PodError):
    """No such GPU is to be had now; another may be."""


def _refusal(error: urllib.error.HTTPError) -> PodError:
    try:
        problem = json.loads(error.read())
    except (OSError, ValueError, http.client.HTTPException):
        problem = {}
    said = "; ".join(
        [str(problem.get("detail") or problem.get("title") or "no reason given"), *problem.get("errors", ())]
    )
    match error.code:
        case 401:
            return PodError("RunPod refuses the key (401). Set RUNPOD_API_KEY to one from console.runpod.io.")
        case 402:
            return PodError(f"RunPod wants a balance first (402): {said}.")
        case 400 | 403:
            return NoCapacity(f"not to be had ({error.code}): {said}")
        case 404:
            return PodError("RunPod has no such pod (404). `status` without a name lists yours.")
        case 429:
            return PodError("RunPod asks for patience (429). Try again in a minute.")
        case status:
            return PodError(f"RunPod answers {status}: {said}.")


def create(api: Api, arguments: argparse.Namespace) -> None:
    """Rent the first GPU of the list that is to be had, wait until its container runs, and say what comes next.

    Raises:
        PodError: none is to be had, or the pod does not come up.
    """
    for gpu in arguments.gpu or GPUS:
        try:
            pod = api.send(create_ask(gpu, arguments))
        except NoCapacity as error:
            _say(f"{gpu}: {error}")
            continue
        _say(f"rented {gpu} as {pod['id']}: {_cost(pod)}")
        _tell_next(_until_running(api, pod["id"]))
        return
    raise PodError("No GPU of the list is to be had now. Name others with --gpu, or try --cloud COMMUNITY.")


def _until_running(api: Api, pod: str) -> dict[str, Any]:
    began = time.monotonic()
    while True:
        found = api.send(Ask("GET", f"/v2/pods/{pod}"))
        if found["status"] == "RUNNING":
            return found
        if found["status"] in {"ERROR", "EXITED", "TERMINATED"}:
            raise PodError(f"{pod} is {found['status']}. It may cost money: pod.py stop {pod} --terminate")
        if time.monotonic() - began > READY_SECONDS:
            raise PodError(f"{pod} is {found['status']} after {READY_SECONDS:.0f} s. Look again: pod.py status {pod}")
        time.sleep(POLL_SECONDS)


def _tell_next(pod: Mapping[str, Any]) -> None:
    ssh = ((pod.get("ssh") or {}).get("direct") or (pod.get("ssh") or {}).get("proxy") or {}).get("command")
    sys.stdout.write(
        f"{pod['id']}\t{pod['status']}\t{_cost(pod)}\n\n"
        f"  {ssh or 'ssh: see console.runpod.io'}\n"
        "  cd /workspace, get Pagelight there, then: bash deploy/runpod/start.sh\n"
        f"  it will answer at https://{pod['id']}-{PORT}.proxy.runpod.net\n"
        f"  when you have read enough: python deploy/runpod/pod.py stop {pod['id']}\n"
    )


def status(api: Api, arguments: argparse.Namespace) -> None:
    """One line for a pod, or for each of yours, with what it costs.

    Raises:
        PodError: RunPod does not tell.
    """
    answer = api.send(status_ask(arguments))
    for pod in [answer] if arguments.pod else answer.get("pods", []):
        gpu = (pod.get("gpu") or {}).get("id", "no GPU")
        url = f"https://{pod['id']}-{PORT}.proxy.runpod.net"
        sys.stdout.write("\t".join([pod["id"], pod["status"], gpu, _cost(pod), pod.get("name", ""), url]) + "\n")


def status_ask(arguments: argparse.Namespace) -> Ask:
    """The request for one pod, or for all."""
    return Ask("GET", f"/v2/pods/{arguments.pod}" if arguments.pod else "/v2/pods")


def stop(api: Api, arguments: argparse.Namespace) -> None:
    """Stop a pod: its GPU costs nothing more, its volume still does. With --terminate that is deleted too.

    Raises:
        PodError: RunPod does not do it.
    """
    api.send(stop_ask(arguments))
    if arguments.terminate:
        _say(f"{arguments.pod} is gone, and all that was on it; it costs nothing more")
    else:
        _say(f"{arguments.pod} stops. Its volume costs money still: --terminate deletes it")


def stop_ask(arguments: argparse.Namespace) -> Ask:
    """The request that ends a pod, or only stops it."""
    if arguments.terminate:
        return Ask("DELETE", f"/v2/pods/{arguments.pod}")
    return Ask("POST", f"/v2/pods/{arguments.pod}/action", {"action": "stop"})


def _cost(pod: Mapping[str, Any]) -> str:
    cost = pod.get("cost")
    return "price not told" if cost is None else f"${float(cost):.2f} an hour"


def _say(words: str) -> None:
    sys.stderr.write(f"· {words}\n")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="pod.py", description=__doc__, allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True)
    for name, about in {"create": create, "status": status, "stop": stop}.items():
        command = commands.add_parser(name, help=str(about.__doc__).splitlines()[0], allow_abbrev=False)
        command.add_argument("--dry-run", action="store_true", help="print the request and send nothing")
        command.set_defaults(run=about)
    create_options, status_options, stop_options = (commands.choices[name] for name in ("create", "status", "stop"))
    create_options.add_argument(
        "--gpu", action="append", metavar="NAME", help=f"again for a second choice; else {GPUS}"
    )
    create_options.add_argument("--cloud", choices=("SECURE", "COMMUNITY"), default="SECURE", help="else SECURE")
    create_options.add_argument("--name", default="pagelight")
    create_options.add_argument("--image", default=IMAGE)
    create_options.add_argument("--volume", type=int, default=VOLUME_GB, metavar="GB", help=f"else {VOLUME_GB}")
    status_options.add_argument("pod", nargs="?", metavar="ID", help="else all of yours")
    stop_options.add_argument("pod", metavar="ID")
    stop_options.add_argument("--terminate", action="store_true", help="delete the pod and its volume")
    return made


def _dry(arguments: argparse.Namespace) -> Ask:
    if arguments.command == "create":
        return create_ask((arguments.gpu or GPUS)[0], arguments)
    return stop_ask(arguments) if arguments.command == "stop" else status_ask(arguments)


def main(argv: Sequence[str], environ: Mapping[str, str], url: str = API) -> int:
    """Do what is asked; return the exit code. Tests have an imitation of the API at another URL."""
    arguments = parser().parse_args(argv)
    if arguments.dry_run:
        sys.stdout.write(f"{_dry(arguments)}\n")
        return 0
    key = environ.get("RUNPOD_API_KEY")
    if not key:
        sys.stderr.write("RUNPOD_API_KEY is not set. Make a key in console.runpod.io, under Settings, API keys.\n")
        return 2
    try:
        arguments.run(Api(url, key), arguments)
    except PodError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
