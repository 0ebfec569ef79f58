"""setup.sh on machines made of stubs: what it installs, what it asks for, what it never does twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

UV = """
echo "uv $*" >>"$CALLS"
case "$1" in
  venv) mkdir -p .venv/bin; cp "$STUBS/venv-python" .venv/bin/python ;;
esac
"""
VENV_PYTHON = """
if [ "$1" = -c ]; then exit 0; fi
echo "started $*"
"""


@dataclass
class Machine:
    """A folder with our files and a PATH of stubs before the system's."""

    folder: Path
    stubs: Path

    def stub(self, name: str, script: str) -> None:
        path = self.stubs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.stubs}:/usr/bin:/bin",
            "CALLS": str(self.folder / "calls"),
            "STUBS": str(self.stubs),
        }
        return subprocess.run(
            [self.folder / "setup.sh", *arguments], capture_output=True, text=True, env=environment, cwd="/", timeout=60
        )

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Python and uv there, no apt, no root; of Tesseract's languages none is asked for."""
    folder, stubs = tmp_path / "checkout", tmp_path / "stubs"
    folder.mkdir()
    stubs.mkdir()
    for name in ("setup.sh", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "packages.txt").write_text("")
    made = Machine(folder, stubs)
    made.stub("python3", f'exec "{sys.executable}" "$@"')
    made.stub("uv", UV)
    made.stub("venv-python", VENV_PYTHON)
    made.stub("id", "echo 1000")
    made.stub("sudo", "exit 1")
    made.stub("apt-get", 'echo "apt-get $*" >>"$CALLS"; exit 1')
    return made


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_setup_help(machine: Machine, arguments: tuple[str, ...]) -> None:
    """Alone it explains itself and does nothing."""
    done = machine.run(*arguments)
    assert (done.returncode, machine.calls) == (0, [])
    assert "./setup.sh run" in done.stdout
    assert "./setup.sh test" in done.stdout


def test_setup_unknown_command(machine: Machine) -> None:
    done = machine.run("start")
    assert (done.returncode, machine.calls) == (2, [])
    assert "'start'" in done.stderr


def test_setup_run_starts_the_app(machine: Machine) -> None:
    """The first run makes the environment and installs; the app gets the options as they are."""
    done = machine.run("run", "--port", "80", "a b")
    assert (done.returncode, done.stdout) == (0, "started app.py --port 80 a b\n")
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip"]


def test_setup_second_run_installs_nothing(machine: Machine) -> None:
    machine.run("run")
    before = machine.calls
    assert machine.run("run").stderr == ""
    assert machine.calls == before


def test_setup_changed_requirements_are_installed(machine: Machine) -> None:
    machine.run("run")
    (machine.folder / "requirements.txt").write_text("httpx\n")
    machine.run("run")
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip", "pip"]


def test_setup_broken_environment_is_remade(machine: Machine) -> None:
    machine.run("run")
    (machine.folder / ".venv" / "bin" / "python").unlink()
    assert machine.run("run").returncode == 0
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip", "venv", "pip"]


def test_setup_failed_install_is_not_called_done(machine: Machine) -> None:
    """An installation that breaks off stops the run, and the next one takes it up."""
    machine.stub("uv", UV + '[ "$1" != pip ] || exit 1')
    assert machine.run("run").returncode != 0
    machine.stub("uv", UV)
    assert machine.run("run").stdout == "started app.py\n"


def test_setup_without_root_says_what_to_install(machine: Machine) -> None:
    """A missing language is named with the commands that install it, and the app starts all the same."""
    (machine.folder / "packages.txt").write_text("tesseract-ocr-xyz\n")
    done = machine.run("run")
    assert done.stdout == "started app.py\n"
    assert "lacks xyz" in done.stderr
    assert "sudo apt-get install tesseract-ocr-xyz" in done.stderr
    assert "--server-url" in done.stderr
    assert not any(call.startswith("apt-get") for call in machine.calls)


@pytest.mark.parametrize("root", [True, False])
def test_setup_installs_what_is_missing(machine: Machine, root: bool) -> None:
    """With root, or a sudo that asks nothing, the packages are installed; lists that are stale are renewed."""
    machine.stub("id", f"echo {0 if root else 1000}")
    machine.stub("sudo", '[ "$2" = true ] && exit 0; shift; exec "$@"')
    machine.stub(
        "apt-get", 'echo "apt-get $*" >>"$CALLS"; [ "$1" = update ] && touch "$STUBS/fresh"; [ -e "$STUBS/fresh" ]'
    )
    (machine.folder / "packages.txt").write_text("tesseract-ocr-xyz\n")
    done = machine.run("run")
    assert done.stdout == "started app.py\n"
    assert "lacks" not in done.stderr
    apt = [call.split()[1] for call in machine.calls if call.startswith("apt-get")]
    assert apt == ["install", "update", "install"]


def test_setup_old_python(machine: Machine) -> None:
    """A Python that is too old is not used, and the message says what to install."""
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        machine.stub(name, "exit 1")
    done = machine.run("run")
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr


def test_setup_without_uv_takes_it_from_pypi(machine: Machine) -> None:
    """Where uv is missing it is installed by pip into an environment of its own."""
    (machine.stubs / "uv").rename(machine.stubs / "real-uv")
    machine.stub(
        "python3",
        'if [ "$1" = -m ]; then mkdir -p "$3/bin"; cp "$STUBS/pip-python" "$3/bin/python"; else exec '
        f'"{sys.executable}" "$@"; fi',
    )
    machine.stub("pip-python", 'echo "pip $*" >>"$CALLS"; cp "$STUBS/real-uv" .venv-uv/bin/uv')
    done = machine.run("run")
    assert done.stdout == "started app.py\n"
    assert machine.calls[0].startswith("pip -m pip install")
    assert machine.calls[0].endswith(" uv")


@pytest.mark.parametrize("script", ["setup.sh", ".ci/run"])
def test_setup_shellcheck(script: str) -> None:
    done = subprocess.run([Path(sys.executable).parent / "shellcheck", ROOT / script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
