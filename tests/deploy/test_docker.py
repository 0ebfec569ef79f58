"""deploy/docker without Docker: the files by their linter and their structure, the image by running its steps here."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ocr.cli.commands import parse_serve
from ocr.config.command_line import parse
from ocr.config.vllm_command import serve_command
from ocr.engines.local.program import free_port
from tests.conftest import ROOT
from tests.deploy.running import get, running_app

DOCKER = ROOT / "deploy" / "docker"
DOCKERFILES = [DOCKER / "Dockerfile", ROOT / "deploy" / "space" / "Dockerfile"]
COMPOSE = [DOCKER / "compose.yaml", DOCKER / "compose.cpu.yaml"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_docker_lint(path: Path) -> None:
    done = subprocess.run([Path(sys.executable).parent / "hadolint", path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def instructions(path: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile's last stage."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", path.read_text()))
    lines = [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]
    last = max(i for i, (name, *_) in enumerate(lines) if name == "FROM")
    return lines[last:]  # type: ignore[return-value]


def stages(path: Path) -> list[str]:
    """What each FROM of a Dockerfile builds on, its build arguments filled in; not stages of its own."""
    text = path.read_text()
    arguments = dict(re.findall(r"(?m)^ARG (\w+)=(\S+)", text))
    named = re.findall(r"(?m)^FROM \$\{(\w+)\}", text)
    assert len(named) == len(re.findall(r"(?m)^FROM", text))
    return [arguments[name] for name in named]


def values(path: Path, name: str) -> list[str]:
    return [value for instruction, value in instructions(path) if instruction == name]


def environment(path: Path) -> dict[str, str]:
    return dict(pair.split("=", 1) for value in values(path, "ENV") for pair in shlex.split(value))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_docker_is_nobody(path: Path) -> None:
    """It does not run as root, and holds no secret."""
    assert values(path, "USER")[-1].split(":")[0] not in {"0", "root"}
    assert not any(re.search("KEY|TOKEN|SECRET|PASSWORD", name) for name in environment(path))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_docker_base_images(path: Path) -> None:
    """Each has its exact version, and a digest wherever one is known; a build argument can name another."""
    for base in stages(path):
        assert re.search(r":v?\d+\.\d+\.\d+", base), base
        assert base.startswith("vllm/") or re.search(r"@sha256:[0-9a-f]{64}$", base), base


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_docker_installs_by_the_lock(path: Path) -> None:
    """Every package has the version and the hash that requirements.lock has for it; what they are stands in NOTICE."""
    install = re.search(r"pip install [^&]*", re.sub(r"\\\n\s*", "", path.read_text()))
    assert install
    assert "--require-hashes" in install[0]
    assert "requirements.lock" in install[0]
    assert re.search(r"notice\.py >\S*/NOTICE", path.read_text())


FONTS = {"fonts-liberation", "fonts-crosextra-carlito", "fonts-crosextra-caladea", "fonts-wqy-microhei"}
"""Debian's packages of the families that ocr/documents/fonts.py names, and of one for Chinese, Japanese and Korean."""


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_docker_brings_fonts(path: Path) -> None:
    """Without them the text of many PDFs would not show."""
    assert set((ROOT / "packages.txt").read_text().split()) >= FONTS
    (install,) = re.findall(r"apt-get install [^&]*?\$\(([^)]*)\)", path.read_text())
    command = install.replace("/tmp/packages.txt", "packages.txt")
    assert set(subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True).stdout.split()) >= FONTS


def reaching_the_builder() -> set[str]:
    """Files and folders that .dockerignore lets pass."""
    ignore = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignore
    return {line[1:] for line in ignore if line.startswith("!")}


def test_docker_builder_gets_what_it_copies() -> None:
    copied = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text())
    assert {source for line in copied for source in line.split()} == reaching_the_builder()
    assert all((ROOT / source).exists() for source in reaching_the_builder())


def image(folder: Path) -> Path:
    """What the image's /app holds: the COPY lines, as far as .dockerignore lets them."""
    kept = reaching_the_builder()
    for value in values(DOCKER / "Dockerfile", "COPY"):
        *sources, target = value.split()
        for source in sources:
            if source.startswith("--from") or target.startswith(("/tmp", "/opt")):
                continue
            assert source in kept, f"{source} does not reach the builder"
            place = folder / Path(target).relative_to("/app")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    return folder


def healthcheck() -> list[str]:
    words = values(DOCKER / "Dockerfile", "HEALTHCHECK")[0]
    command: list[str] = json.loads(words[words.index("CMD") + 3 :])
    return [sys.executable, *command[1:]]


def test_docker_image_runs(tmp_path: Path) -> None:
    """The files of the image are enough, it listens where it says, is healthy, and writes nothing into itself.

    It asks for a password here, which the health check has not.
    """
    folder = image(tmp_path)
    before = sorted(folder.rglob("*"))
    said = environment(DOCKER / "Dockerfile")
    assert (said["OCR_HOST"], said["OCR_PORT"]) == ("0.0.0.0", values(DOCKER / "Dockerfile", "EXPOSE")[0])
    chosen = {name: value for name, value in said.items() if name.startswith("OCR_")}
    port = str(free_port())
    hosts = {"OCR_ALLOWED_HOSTS": "localhost,127.0.0.1", "OCR_AUTH": "me:pw"}
    with running_app(folder, {**chosen, **hosts, "OCR_PORT": port, "OCR_LOCAL": "no"}) as (url, _):
        assert get(url).status_code == 200
        assert get(url, host="elsewhere.org").status_code == 400
        healthy = subprocess.run(healthcheck(), env={"OCR_PORT": port}, capture_output=True, text=True)
        assert healthy.returncode == 0, healthy.stderr
    assert sorted(folder.rglob("*")) == before
    assert subprocess.run(healthcheck(), env={"OCR_PORT": port}, capture_output=True).returncode != 0


def compose(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def schema_check(path: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against the Compose Specification's own JSON schema."""
    checker = Path(sys.executable).parent / "check-jsonschema"
    return subprocess.run([checker, "--builtin-schema", "vendor.compose-spec", path], capture_output=True, text=True)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_docker_compose_schema(tmp_path: Path, path: Path) -> None:
    """The Compose Specification's schema takes each file, and not one with a misspelt key."""
    done = schema_check(path)
    assert done.returncode == 0, done.stdout
    misspelt = tmp_path / path.name
    misspelt.write_text(path.read_text().replace("read_only:", "readonly:"))
    done = schema_check(misspelt)
    assert done.returncode == 1
    assert "readonly" in done.stdout


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_docker_compose_structure(path: Path) -> None:
    """The page is published on this machine alone, its container may write to /tmp alone, volumes are declared."""
    file = compose(path)
    for service in file["services"].values():
        assert all(isinstance(value, str) for value in service["environment"].values())
        used = [volume.split(":")[0] for volume in service.get("volumes", ())]
        assert set(used) <= set(file.get("volumes", ()))
    app = file["services"]["app"]
    assert all(port.startswith("127.0.0.1:") for port in app["ports"])
    (tmp,) = app["tmpfs"]
    assert re.fullmatch(r"/tmp:size=\$\{OCR_TMP_SIZE:-\d+g\},mode=1777", tmp), "visitors' files could fill the memory"
    default = re.fullmatch(r"\$\{OCR_TRUSTED_PROXIES:-(.+)\}", app["environment"]["OCR_TRUSTED_PROXIES"])
    assert default
    assert parse("app", [], {"OCR_TRUSTED_PROXIES": default[1]}).trusted_proxies == tuple(default[1].split(","))
    context = (path.parent / app["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / app["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path in COMPOSE for name in compose(path)["services"]], ids=str
)
def test_docker_compose_confines(path: Path, name: str) -> None:
    """No service is root, gains a right, writes into its image, or takes all memory or processes of the machine."""
    service = compose(path)["services"][name]
    user = service.get("user") or values(DOCKER / "Dockerfile", "USER")[-1]  # the app's image has its own
    assert user.split(":")[0] not in {"0", "root"}
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\$\{\w+:-\d+g\}", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 4096
    assert [re.match(r"/tmp:.*size=.*\dg", mount) is not None for mount in service["tmpfs"]] == [True]


def test_docker_compose_vllm_writes_to_its_home() -> None:
    """All that vLLM downloads and compiles lies below the home of the user that it runs as, in a volume."""
    vllm = compose(COMPOSE[0])["services"]["vllm"]
    assert vllm["environment"]["HOME"] == vllm["working_dir"]
    assert [volume.split(":")[1] for volume in vllm["volumes"]] == [vllm["working_dir"]]


def test_docker_compose_with_vllm() -> None:
    """The app starts when vLLM is healthy, on a reserved GPU; one key is between them, and none is made up."""
    services = compose(COMPOSE[0])["services"]
    app, vllm = services["app"], services["vllm"]
    assert app["depends_on"] == {"vllm": {"condition": "service_healthy"}}
    assert "ports" not in vllm
    assert app["environment"]["OCR_API_KEY"] == vllm["environment"]["VLLM_API_KEY"]
    assert app["environment"]["OCR_API_KEY"].startswith("${OCR_API_KEY:?")
    (device,) = vllm["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert "/health" in vllm["healthcheck"]["test"][-1]
    port = vllm["command"][vllm["command"].index("--port") + 1]
    assert app["environment"]["OCR_SERVER_URL"] == f"http://vllm:{port}"


def test_docker_compose_command() -> None:
    """The container is given what `python -m ocr serve-command` prints."""
    words = shlex.split(serve_command(parse_serve(["--host", "0.0.0.0"], {})))
    assert words[:2] == ["vllm", "serve"]  # the image's entry point
    assert compose(COMPOSE[0])["services"]["vllm"]["command"] == words[2:]


def test_docker_versions() -> None:
    """One vLLM everywhere."""
    pinned = re.search(r"vllm==([\d.]+)", (ROOT / "setup.sh").read_text())
    assert pinned
    tag = f"vllm/vllm-openai:v{pinned[1]}"
    assert compose(COMPOSE[0])["services"]["vllm"]["image"] == f"${{VLLM_IMAGE:-{tag}}}"
    assert tag in stages(DOCKERFILES[1])
