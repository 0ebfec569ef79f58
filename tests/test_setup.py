"""setup.sh on machines made of stubs: what it installs, what it asks for, what it never does twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL
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
            [self.folder / "setup.sh", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd="/",
            timeout=200,
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
    for name in ("setup.sh", "requirements.txt", "requirements-dev.lock", "pyproject.toml", "package-lock.json"):
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


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements-dev.lock", "pyproject.toml"])
def test_setup_changed_requirements_are_installed(machine: Machine, changed: str) -> None:
    machine.run("run")
    with (machine.folder / changed).open("a") as file:
        file.write("# changed\n")
    machine.run("run")
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip", "pip"]


@pytest.mark.parametrize("command", ["run", "word", "mcp", "llama"])
def test_setup_installs_by_the_lock(machine: Machine, command: str) -> None:
    """Whatever is installed has the version and hash that the lock has for it."""
    machine.run(command)
    installs = [call for call in machine.calls if call.startswith("uv pip install")]
    assert installs
    assert all("--constraints requirements-dev.lock" in call for call in installs)
    assert all("--compile-bytecode" in call for call in installs), "else each start of the app compiles its packages"


def test_setup_lock(machine: Machine) -> None:
    """Both lists are written, for every system and without naming a registry; the app's is part of the other."""
    done = machine.run("lock", "--upgrade")
    assert done.returncode == 0, done.stderr
    everything, app = machine.calls
    for call in machine.calls:
        assert call.startswith("uv pip compile ")
        for option in ("--universal", "--generate-hashes", "--no-emit-index-url"):
            assert option in call
    assert "--all-extras --output-file requirements-dev.lock --upgrade pyproject.toml" in everything
    assert "--constraints requirements-dev.lock --output-file requirements.lock requirements.txt" in app


def test_setup_test_installs_the_linter_once(machine: Machine) -> None:
    """It comes from npm as the lock has it, and again only when the lock has changed."""
    machine.stub("chromium", "")
    machine.run("run")
    tools = {"npm": 'echo "npm $*" >>"$CALLS"; mkdir -p node_modules', "node": 'echo "node $*" >>"$CALLS"'}
    for tool in ("npm", "node", "ruff", "mypy"):
        path = machine.folder / ".venv" / "bin" / tool
        path.write_text(f"#!/bin/sh\n{tools.get(tool, '')}\n")
        path.chmod(0o755)
    for _ in range(2):
        assert machine.run("test").returncode == 0
    assert len([call for call in machine.calls if call.startswith("npm ci ")]) == 1
    assert len([call for call in machine.calls if call.startswith("node ") and "biome lint" in call]) == 2
    with (machine.folder / "package-lock.json").open("a") as lock:
        lock.write("\n")
    machine.run("test")
    assert len([call for call in machine.calls if call.startswith("npm ci ")]) == 2


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


@pytest.mark.parametrize("there", [True, False])
def test_setup_missing_fonts(machine: Machine, there: bool) -> None:
    """They are named with what installs them, and the app starts all the same; none is asked for that is there."""
    (machine.folder / "packages.txt").write_text("fonts-liberation\nfonts-wqy-microhei\nfonts-crosextra-carlito\n")
    machine.stub("find", "echo /usr/share/fonts/some.ttf" if there else "exit 0")
    machine.stub("uname", "echo Linux")
    done = machine.run("run")
    assert done.stdout == "started app.py\n"
    named = "apt-get install fonts-liberation fonts-wqy-microhei fonts-crosextra-carlito" in done.stderr
    assert named != there


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


@pytest.mark.parametrize(
    ("command", "extra"),
    [("word", "word"), ("mcp", "mcp"), ("llama", "llama"), ("scale", "scale"), ("scale", "s3"), ("scale", "warc")],
)
def test_setup_extras(machine: Machine, command: str, extra: str) -> None:
    """What is needed for one thing alone comes into the app's environment, which is made if need be."""
    done = machine.run(command)
    assert done.returncode == 0, done.stderr
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip", "pip"]
    assert f"--extra {extra}" in machine.calls[-1]
    assert machine.run(command).returncode == 0
    assert [call.split()[1] for call in machine.calls] == ["venv", "pip", "pip", "pip"]


SMI = 'case "$1" in --query-gpu=driver_version) echo 580.65.06; echo 580.65.06 ;; esac'
UV_VLLM = """
echo "uv $*" >>"$CALLS"
case "$1" in
  venv) mkdir -p .venv-vllm/bin; cp "$STUBS/venv-python" .venv-vllm/bin/python; cp "$STUBS/hf" .venv-vllm/bin/ ;;
esac
"""
ROOMY = "printf 'Filesystem 1024-blocks Used Available\\nd 9 9 99000000\\n'"


@pytest.fixture
def gpu_machine(machine: Machine) -> Machine:
    """A GPU, a driver that is new enough, a disk with room, a Hugging Face that gives everything."""
    machine.stub("nvidia-smi", SMI)
    machine.stub("df", ROOMY)
    machine.stub("hf", 'echo "hf $*" >>"$CALLS"')
    machine.stub("uv", UV_VLLM)
    return machine


def test_setup_vllm(gpu_machine: Machine) -> None:
    """An environment of its own with versions that fit each other, then the weights."""
    done = gpu_machine.run("vllm", "--model", "lightonai/LightOnOCR-3-4B")
    assert done.returncode == 0, done.stderr
    venv, install, fetch = gpu_machine.calls
    assert venv.endswith(" .venv-vllm")
    assert " --python .venv-vllm/bin/python vllm==" in install
    assert " transformers==" in install
    assert fetch == "hf download lightonai/LightOnOCR-3-4B"
    assert "--local lightonai/LightOnOCR-3-4B" in done.stderr


def test_setup_vllm_again(gpu_machine: Machine) -> None:
    """The second time only the weights are looked at; a model in a folder needs none."""
    gpu_machine.run("vllm")
    assert gpu_machine.run("vllm").returncode == 0
    assert [call.split()[0] for call in gpu_machine.calls] == ["uv", "uv", "hf", "hf"]
    assert gpu_machine.run("vllm", "--model", str(gpu_machine.folder)).returncode == 0
    assert len(gpu_machine.calls) == 4


def test_setup_vllm_resumes(gpu_machine: Machine) -> None:
    """What broke off is taken up where it was: the environment stays, the installation and the download go on."""
    gpu_machine.stub("hf", 'echo "hf $*" >>"$CALLS"; exit 1')
    failed = gpu_machine.run("vllm")
    assert failed.returncode != 0
    assert "HF_TOKEN" in failed.stderr
    (gpu_machine.folder / ".venv-vllm" / ".complete").unlink()
    (gpu_machine.folder / ".venv-vllm" / "bin" / "hf").write_text('#!/bin/sh\necho "hf $*" >>"$CALLS"\n')
    assert gpu_machine.run("vllm").returncode == 0
    assert [call.split()[1] for call in gpu_machine.calls] == ["venv", "pip", "download", "pip", "download"]


def test_setup_vllm_replaces_the_one_of_the_tests(gpu_machine: Machine) -> None:
    """The slow vLLM for CPUs that the tests use is not mistaken for the real one."""
    folder = gpu_machine.folder / ".venv-vllm"
    (folder / "bin").mkdir(parents=True)
    (folder / ".begun-cpu").touch()
    shutil.copy(gpu_machine.stubs / "venv-python", folder / "bin" / "python")
    assert gpu_machine.run("vllm").returncode == 0
    assert not (folder / ".begun-cpu").exists()


@pytest.mark.parametrize(
    ("stub", "script", "says"),
    [
        ("nvidia-smi", "exit 9", "No NVIDIA GPU"),
        ("nvidia-smi", "echo 570.10", "needs 580"),
        ("uname", "echo Darwin", "Linux only"),
        ("df", "printf 'F\\nd 9 9 11000000\\n'", "only 11 GB"),
    ],
)
def test_setup_vllm_checks_first(gpu_machine: Machine, stub: str, script: str, says: str) -> None:
    """What cannot work is said before anything is installed."""
    gpu_machine.stub(stub, script)
    done = gpu_machine.run("vllm")
    assert done.returncode != 0
    assert says in done.stderr
    assert gpu_machine.calls == []


def test_setup_vllm_without_gpu(gpu_machine: Machine) -> None:
    """A disk can be prepared on a machine that has no GPU."""
    gpu_machine.stub("nvidia-smi", "exit 9")
    assert gpu_machine.run("vllm", "--without-gpu").returncode == 0


def test_setup_vllm_unknown_option(gpu_machine: Machine) -> None:
    done = gpu_machine.run("vllm", "--modle", "x")
    assert (done.returncode, gpu_machine.calls) == (2, [])
    assert "'--modle'" in done.stderr


@pytest.mark.parametrize(
    "script", ["setup.sh", ".ci/run", *sorted(f".ci/{path.name}" for path in ROOT.glob(".ci/*.sh"))]
)
def test_setup_shellcheck(script: str) -> None:
    done = subprocess.run([Path(sys.executable).parent / "shellcheck", ROOT / script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("options", "model", "local"),
    [((), "", "--local"), (("--model", "someone/LightOnOCR-2-1B-GGUF"), "someone/LightOnOCR-2-1B-GGUF", None)],
    ids=["default", "named"],
)
def test_setup_llama_fetches_the_weights(
    machine: Machine, options: tuple[str, ...], model: str, local: str | None
) -> None:
    """After the program; then the command that reads with them is named."""
    done = machine.run("llama", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"started -m ocr.engines.llamacpp.fetch_weights {model}\n"
    assert done.stderr.rstrip().endswith(local or f"--local {model}")
    assert f"the weights of {model or DEFAULT_MODEL.rpartition('/')[2]} " in done.stderr


def test_setup_llama_without_weights(machine: Machine) -> None:
    """Where they cannot be fetched nothing is called ready; what was installed stays."""
    machine.stub("venv-python", VENV_PYTHON + '[ "$2" != ocr.engines.llamacpp.fetch_weights ] || exit 4')
    done = machine.run("llama")
    assert done.returncode == 4
    assert "ready" not in done.stderr


def test_setup_llama_unknown_option(machine: Machine) -> None:
    done = machine.run("llama", "--modle", "x")
    assert (done.returncode, machine.calls) == (2, [])
    assert "'--modle'" in done.stderr
