"""What deploy/ has for reading at scale (Slurm, Ray, Kubernetes, HF Jobs, SkyPilot) by schemas, linters and stubs."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import psutil
import pytest
import yaml

from ocr.batch.batch_command import parse_batch
from ocr.batch.batch_settings import BatchEngine
from ocr.engines.local.program import free_port
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
JOB = DEPLOY / "kubernetes" / "job.yaml"
SKYPILOT = DEPLOY / "skypilot" / "batch.yaml"
SCRIPTS = [
    DEPLOY / "slurm" / "own-vllm.sh",
    DEPLOY / "slurm" / "servers.sbatch",
    DEPLOY / "ray" / "batch.sh",
    DEPLOY / "hfjobs" / "submit.sh",
]
DOCKERFILE = DEPLOY / "batch" / "Dockerfile"


def tool(name: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([Path(sys.executable).parent / name, *arguments], capture_output=True, text=True)


def recorded(script: Path, folder: Path, environment: dict[str, str], *arguments: str) -> list[list[str]]:
    """The commands that a script runs, by stubs of the programs in them that write them down."""
    log = folder / "commands"
    for name in ("pagelight", "hf", "docker"):
        stub = folder / name
        stub.write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\n')
        stub.chmod(0o755)
    variables = {"PATH": f"{folder}:{os.environ['PATH']}", **environment}
    done = subprocess.run(["bash", script, *arguments], env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [shlex.split(line) for line in log.read_text().splitlines()]


RUN = {"SOURCE": "s3://bucket/papers", "TARGET": "s3://bucket/read", "IMAGE": "registry/pagelight-batch"}


def kubernetes_commands(_: Path) -> list[list[str]]:
    """What the pods run, for each index."""
    spec = yaml.safe_load(JOB.read_text())["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    return [
        [argument.replace("$(JOB_COMPLETION_INDEX)", str(index)) for argument in container["args"]]
        for index in range(spec["completions"])
    ]


def skypilot_commands(folder: Path) -> list[list[str]]:
    """What the nodes run."""
    task = yaml.safe_load(SKYPILOT.read_text())
    script = folder / "run.sh"
    script.write_text(task["run"])
    count = task["num_nodes"]
    for rank in range(count):
        variables = task["envs"] | {"SKYPILOT_NODE_RANK": str(rank), "SKYPILOT_NUM_NODES": str(count)}
        commands = recorded(script, folder, variables)
    return [command[command.index("batch") :] for command in commands]  # of all ranks, since the log grows


def script_commands(script: Path) -> Callable[[Path], list[list[str]]]:
    def commands(folder: Path) -> list[list[str]]:
        found = recorded(script, folder, RUN)
        return [command[command.index("batch") :] for command in found]

    return commands


PLACES: dict[str, Callable[[Path], list[list[str]]]] = {
    "slurm": script_commands(SCRIPTS[0]),
    "ray": script_commands(SCRIPTS[2]),
    "kubernetes": kubernetes_commands,
    "hfjobs": script_commands(SCRIPTS[3]),
    "skypilot": skypilot_commands,
}


@pytest.mark.parametrize("place", PLACES)
def test_scale_arguments(place: str, tmp_path: Path) -> None:
    """Our parser takes them; where they name shards these are all of one run, each once; a vLLM is started for each."""
    runs = [parse_batch(command[1:], {}) for command in PLACES[place](tmp_path)]
    assert {(run.source, run.target) for run in runs} == {(RUN["SOURCE"], RUN["TARGET"])}
    assert {run.reading.local for run in runs} == {"lightonai/LightOnOCR-2-1B"}
    if place in {"slurm", "ray"}:
        assert [(run.engine, run.cluster.gpus) for run in runs] == [(BatchEngine(place), 1)]
    else:
        assert [run.shard for run in runs] == [(number, len(runs)) for number in range(len(runs))]
        assert all(run.tasks and run.tasks >= len(runs) for run in runs)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_scale_scripts_lint(script: Path) -> None:
    done = tool("shellcheck", script)
    assert (done.returncode, done.stdout) == (0, "")


def test_scale_dockerfile() -> None:
    """It passes its linter, runs as nobody, and reaches what it copies."""
    done = tool("hadolint", DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, "")
    text = DOCKERFILE.read_text()
    assert re.search(r"(?m)^USER 10001$", text)
    copied = {source for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", text) for source in line.split()}
    ignored = DOCKERFILE.with_suffix(".dockerignore").read_text().splitlines()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / source).exists() for source in copied)


@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
def test_scale_kubernetes_schema(version: str) -> None:
    """The Job is one by Kubernetes' own schema, with no field that it does not know; pods do not restart in place."""
    job = yaml.safe_load(JOB.read_text())
    kubernetes_validate.validate(job, version, strict=True)
    assert job["spec"]["completionMode"] == "Indexed"
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_scale_skypilot_fields() -> None:
    """Its fields are some of those of SkyPilot's YAML specification, without an image that it would need root in."""
    task = yaml.safe_load(SKYPILOT.read_text())
    assert task.keys() <= {"name", "num_nodes", "resources", "envs", "secrets", "file_mounts", "setup", "run"}
    assert task["resources"].keys() <= {"infra", "accelerators", "cpus", "memory", "use_spot", "disk_size", "any_of"}
    assert "docker run" in task["run"]


def test_scale_hf_jobs_options(tmp_path: Path) -> None:
    """Every option that the script gives `hf jobs run` is one of it."""
    help_text = tool("hf", Path("jobs"), Path("run"), Path("--help")).stdout
    for command in recorded(SCRIPTS[3], tmp_path, RUN):
        own = command[: command.index("batch")]
        for option in [word for word in own if word.startswith("--")]:
            assert option in help_text


@pytest.fixture
def shared_server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, str]]:
    """servers.sbatch with a stub of vLLM, that answers at /health; the list has another server already."""
    folder = tmp_path / "stub"
    folder.mkdir()
    (folder / "health").touch()
    stub = folder / "pagelight"
    serve = f"{sys.executable} -m http.server --directory {folder} $6"
    stub.write_text(f'#!/bin/sh\necho "$VLLM_API_KEY" >{folder}/key\necho "{serve}"\n')
    stub.chmod(0o755)
    target = tmp_path / "read"
    target.mkdir()
    listed = target / "servers.txt"
    listed.write_text("http://other:8000/v1\n")
    port = str(free_port())
    variables = os.environ | {"TARGET": str(target), "PORT": port, "DRAIN_S": "0", "OCR_API_KEY": "the-key"}
    variables["PATH"] = f"{folder}:{variables['PATH']}"
    with subprocess.Popen(
        ["bash", SCRIPTS[1]], env=variables, text=True, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield process, listed, port
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(so: Any) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_scale_shared_server_is_listed_while_it_serves(
    shared_server: tuple[subprocess.Popen[str], Path, str],
) -> None:
    """It joins the list when it is ready, and leaves it when its job is to end; the others' lines stay.

    It asks for the key of the run.
    """
    process, listed, port = shared_server
    wait_until(lambda: f":{port}/v1" in listed.read_text())
    assert (listed.parents[1] / "stub" / "key").read_text() == "the-key\n"
    assert "http://other:8000/v1\n" in listed.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert listed.read_text() == "http://other:8000/v1\n"


def test_scale_shared_server_that_dies_is_not_listed(
    shared_server: tuple[subprocess.Popen[str], Path, str],
) -> None:
    """Its job ends with an error, and its line goes."""
    process, listed, port = shared_server
    wait_until(lambda: f":{port}/v1" in listed.read_text())
    for child in psutil.Process(process.pid).children():
        child.kill()
    assert process.wait(60) != 0
    assert listed.read_text() == "http://other:8000/v1\n"
