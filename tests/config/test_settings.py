"""Flags and their twins in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.config.arguments import NEVER, Program
from ocr.config.command_line import flag, options, parse
from ocr.config.profiles import Timeouts
from ocr.config.settings import DEFAULT_MODEL, limit_tesseract_threads, tessdata_prefix, vllm_environment

ROOT = Path(__file__).parent.parent.parent


def test_settings_defaults() -> None:
    settings = parse("app", [], {})
    assert (settings.host, settings.port, settings.public, settings.server_url) == ("127.0.0.1", 7861, False, ())


def test_settings_flag_before_variable() -> None:
    environ = {"OCR_SERVER_URL": "http://a/v1", "OCR_CONCURRENCY": "3", "OCR_QUIET": "yes"}
    settings = parse("cli", ["a.pdf", "--server-url", "http://b/v1"], environ)
    assert (settings.server_url, settings.concurrency, settings.quiet) == (("http://b/v1",), 3, True)
    assert settings.files == (Path("a.pdf"),)


@pytest.mark.parametrize(
    "written",
    ["http://h:8000", "http://h:8000/", "http://h:8000/v1", "http://h:8000/v1/", "http://h:8000/v1/chat/completions"],
)
def test_settings_server_url(written: str) -> None:
    """Whatever of the URL the user wrote, it ends in /v1."""
    assert parse("app", ["--server-url", written], {}).server_url == ("http://h:8000/v1",)


def test_settings_empty_variable_is_unset() -> None:
    assert parse("app", [], {"OCR_SERVER_URL": "", "OCR_PORT": ""}).port == 7861


@pytest.mark.parametrize(
    ("program", "argv", "environ", "says"),
    [
        ("cli", ["a", "--concurrency", "0"], {}, "--concurrency"),
        ("cli", ["a"], {"OCR_CONCURRENCY": "many"}, "--concurrency"),
        ("cli", ["a"], {"OCR_QUIET": "perhaps"}, "perhaps"),
        ("cli", [], {}, "FILE"),
        ("cli", ["a", "--timeout", "0"], {}, "--timeout"),
        ("app", ["--server-url", "localhost:8000"], {}, "http://localhost:8000"),
        ("app", ["--port", "70000"], {}, "0 to 65535"),
        ("app", ["--auth", "me"], {}, "user:password"),
        ("app", ["--out", "x"], {}, "--out"),
        ("cli", ["a", "--formats", "md,odt"], {}, "there is no format 'odt'; choose from md, json"),
        ("cli", ["a"], {"OCR_FORMATS": ","}, "at least one format"),
        ("app", ["--serv", "http://a"], {}, "--serv"),
    ],
)
def test_settings_nonsense(
    program: Program, argv: list[str], environ: dict[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nonsense in a flag or a variable exits with 2 and names it."""
    with pytest.raises(SystemExit) as exited:
        parse(program, argv, environ)
    assert exited.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "public"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("box", True)]
)
def test_settings_public(host: str, public: bool) -> None:
    assert parse("app", ["--host", host], {}).public is public


@pytest.mark.parametrize("shared", [
    ["--host", "0.0.0.0"], ["--auth", "a:b"], ["--allowed-hosts", "a.example"], ["--trusted-proxies", "10.0.0.0/8"],
    ["--no-library"],
], ids=str)  # fmt: skip
def test_settings_library_is_of_a_private_page_alone(shared: list[str]) -> None:
    """Its folder is the user's, as the platform has it; there is none for a page that is for others too."""
    home = {"XDG_DATA_HOME": "/data"}
    assert parse("app", [], home).library_folder == Path("/data/pagelight/library")
    assert parse("app", ["--library-dir", "/mine"], home).library_folder == Path("/mine")
    assert parse("app", shared, home).library_folder is None
    assert parse("cli", ["a.pdf"], home).library_folder is None
    assert parse("cli", ["a.pdf", "--library"], home).library_folder == Path("/data/pagelight/library")


def test_settings_on_a_space() -> None:
    """A Space's proxy looks on every address, at its own port; anybody may come, so less may be dropped."""
    settings = parse("app", [], {"SPACE_ID": "a/b", "GRADIO_SERVER_PORT": "7860"})
    assert (settings.host, settings.port, settings.public) == ("0.0.0.0", 7860, True)
    assert (settings.max_file_mb, settings.max_pages) == (25, 50)
    assert parse("app", [], {"SPACE_ID": "a/b", "OCR_MAX_PAGES": "7"}).max_pages == 7


def test_settings_limits() -> None:
    """The command line reads one's own files and bears more of them; flags and variables win in both programs."""
    app, cli = parse("app", [], {}), parse("cli", ["a"], {})
    assert (app.max_file_mb, app.max_pages, app.render_timeout) == (200, 2000, 30)
    assert (cli.max_file_mb, cli.max_pages, cli.render_timeout) == (500, 5000, 30)
    environ = {"OCR_MAX_FILE_MB": "7", "OCR_MAX_PAGES": "8", "OCR_RENDER_TIMEOUT": "9"}
    for settings in (parse("app", [], environ), parse("cli", ["a"], environ)):
        assert (settings.max_file_mb, settings.max_pages, settings.render_timeout) == (7, 8, 9)
    assert parse("cli", ["a", "--max-pages", "9000"], environ).max_pages == 9000


def test_settings_timeouts() -> None:
    """Each of an answer's three limits has its option."""
    argv = ["a", "--timeout", "1", "--first-token-timeout", "2", "--page-timeout", "3"]
    assert parse("cli", argv, {}).timeouts == Timeouts(silence=1, first_token=2, page=3)


def test_settings_secrets_are_not_shown() -> None:
    shown = repr(parse("cli", ["a", "--api-key", "k3y", "--password", "pa55"], {}))
    assert "k3y" not in shown
    assert "pa55" not in shown


def test_settings_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread a process, and where its data is to be looked for."""
    monkeypatch.setenv("OMP_THREAD_LIMIT", "")
    limit_tesseract_threads()
    assert os.environ["OMP_THREAD_LIMIT"] == "1"
    assert tessdata_prefix({"TESSDATA_PREFIX": "/data"}) == Path("/data")
    assert tessdata_prefix({"TESSDATA_PREFIX": ""}) is None


@pytest.mark.parametrize("command", [["-m", "ocr"], ["app.py"]])
def test_settings_help(command: list[str]) -> None:
    """--help names every option and loads nothing heavy, so that it answers at once."""
    program: Program = "cli" if "-m" in command else "app"
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(flag(option) in shown.stdout for option in options(program))
    assert not {"gradio", "httpx", "PIL", "numpy"} & {line.split("|")[-1].strip() for line in shown.stderr.splitlines()}


@pytest.mark.parametrize(
    ("argv", "environ", "local", "model"),
    [
        ([], {}, None, DEFAULT_MODEL),
        (["--local"], {}, "", DEFAULT_MODEL),
        (["--local", "--model", "a/b"], {}, "", "a/b"),
        (["--local", "a/b"], {}, "a/b", "a/b"),
        (["--local=a/b", "--model", "served"], {}, "a/b", "a/b"),
        (["--local", "no"], {"OCR_LOCAL": "a/b"}, NEVER, None),
        ([], {"OCR_LOCAL": "yes"}, "", DEFAULT_MODEL),
        ([], {"OCR_LOCAL": "a/b"}, "a/b", "a/b"),
        ([], {"OCR_LOCAL": ""}, None, DEFAULT_MODEL),
    ],
)
def test_settings_local(argv: list[str], environ: dict[str, str], local: str | None, model: str | None) -> None:
    """Alone it serves the default model or the one of --model; it can name one, or forbid it all."""
    settings = parse("app", argv, environ)
    assert settings.local == local
    assert model is None or settings.local_model == model


def test_settings_document_after_local(tmp_path: Path) -> None:
    """A file right after --local is a document to read; a folder there is a model."""
    paper = tmp_path / "a.pdf"
    paper.touch()
    settings = parse("cli", ["--local", str(paper)], {})
    assert (settings.local, settings.files) == ("", (paper,))
    settings = parse("cli", ["--local", str(tmp_path), str(paper)], {})
    assert (settings.local, settings.files) == (str(tmp_path), (paper,))


@pytest.mark.parametrize("program", ["app", "cli"])
def test_settings_arguments_for_vllm(program: Program) -> None:
    """What follows -- is not ours, whatever it is called."""
    ours = ["a.pdf"] if program == "cli" else []
    settings = parse(program, [*ours, "--fast-boot", "--", "--quiet", "--port", "x", "--"], {})
    assert settings.server_args == ("--quiet", "--port", "x", "--")
    assert settings.fast_boot


@pytest.mark.parametrize(
    "argv",
    [
        ["--local", "--server-url", "http://h:1"],
        ["--gpu-memory-utilization", "0"],
        ["--gpu-memory-utilization", "1.1"],
        ["--max-model-len", "-1"],
        ["--vllm-port", "70000"],
    ],
)
def test_settings_local_nonsense(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("app", argv, {})
    assert argv[0] in capsys.readouterr().err


def test_settings_vllm_environment() -> None:
    """The key goes by the environment, and vLLM calls home to nobody."""
    environment = vllm_environment("k3y", {"PATH": "/bin", "VLLM_API_KEY": "old"})
    assert environment == {"PATH": "/bin", "VLLM_API_KEY": "k3y", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


@pytest.mark.parametrize(
    ("options", "verifies", "finds_words"),
    [
        ("--formats md,html", False, False),
        ("--verify", True, True),
        ("--require 0.98", True, True),
        ("--formats md,pdf", False, True),
        ("--formats alto", False, True),
    ],
)
def test_settings_verifying(options: str, verifies: bool, finds_words: bool) -> None:
    """What is required has to be verified; a format with places needs the words, and nothing is said of them."""
    settings = parse("cli", ["a.pdf", *options.split()], {})
    assert (settings.verifies, settings.finds_words) == (verifies, finds_words)


def test_settings_several_servers() -> None:
    """The flag once for each, or commas in the variable; what is given takes the variable's place; each counts once."""
    given = ["--server-url", "http://a", "--server-url", "http://b,http://a"]
    assert parse("app", given, {"OCR_SERVER_URL": "http://c"}).server_url == ("http://a/v1", "http://b/v1")
    assert parse("app", [], {"OCR_SERVER_URL": "http://a, http://b"}).server_url == ("http://a/v1", "http://b/v1")


@pytest.mark.parametrize(
    ("argv", "starts"),
    [
        ([], True), (["--no-auto-start"], False), (["--auth", "a:b"], False), (["--host", "0.0.0.0"], False),
        (["--auth", "a:b", "--auto-start"], True),
    ],
    ids=str,
)  # fmt: skip
def test_settings_start_by_itself_on_a_page_of_ones_own(argv: list[str], starts: bool) -> None:
    """By default not where others come; a flag or a variable says otherwise."""
    assert parse("app", argv, {}).starts_reading is starts
