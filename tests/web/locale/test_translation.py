"""The French of the screen: whole, current, and put into the right places."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr import errors
from ocr.config.profiles import CHECKPOINTS
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.stages import Stage
from ocr.engines.vllm.vllm_program import VLLM
from ocr.i18n import gettext, join, ngettext
from ocr.web.components import STATIC
from ocr.web.locale.translation import (
    Language,
    catalogue,
    component_catalogue,
    french,
    markup_texts,
    parse_language,
    script_texts,
    translate,
    translations,
    typeset,
)
from ocr.web.views.screen import REGION_KINDS

ROOT = Path(__file__).parents[3]
ROOMS = (
    "ocr/web",
    "ocr/web/state",
    "ocr/web/views",
    "ocr/web/actions",
    "ocr/web/api",
    "ocr/web/server",
    "ocr/web/locale",
    "ocr/engines",
    "ocr/engines/llamacpp",
    "ocr/engines/local",
    "ocr/engines/vllm",
    "ocr/document_store",
    "ocr/documents",
    "ocr/export",
)
ENGLISH = {"inputs.py", "serve_page.py", "web_command.py", "api_request.py", "mcp_tool.py"}
MODULES = [
    *(
        ROOT / name
        for name in (
            "ocr/errors.py",
            "ocr/output.py",
            "ocr/config/profiles.py",
            "ocr/extras.py",
            "ocr/engines/tesseract/recognition_tasks.py",
            "ocr/engines/tesseract/tesseract_reader.py",
            "ocr/grounding/verifier_notes.py",
            "ocr/inference/client.py",
            "ocr/inference/chat_stream.py",
            "ocr/inference/http.py",
            "ocr/inference/timeouts.py",
            "ocr/inference/http_errors.py",
            "ocr/pipeline/run.py",
            "ocr/pipeline/page_task.py",
            "ocr/pipeline/attempt.py",
            "ocr/pipeline/retry.py",
            "ocr/server_check/check_report.py",
            "ocr/server_check/check_steps.py",
        )
    ),
    *(path for room in ROOMS for path in sorted((ROOT / room).glob("*.py")) if path.name not in ENGLISH),
]
"""Where the screen's texts are made; what only a terminal or a program sees stays English."""
PROGRAMS = (VLLM, LLAMA_SERVER)
"""What can be started here."""
OURS = {"A", "A+", "A−", "B", "EN", "FR", "English", "Français", "Pagelight"}
"""The same in every language."""
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.OcrError)}
TEXT_ARGUMENTS = {"gettext": 1, "ngettext": 1, **dict.fromkeys(ERRORS, 2)}
"""Calls whose first arguments are keys of the catalogue, and how many of them are."""


def calls(path: Path) -> Iterator[tuple[str, list[ast.expr]]]:
    """Each call that says something: its name, and the arguments that are texts."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in TEXT_ARGUMENTS:
                yield name, node.args[: TEXT_ARGUMENTS[name]]


def said_by_code() -> set[str]:
    literals = {
        text.value
        for path in MODULES
        for _, texts in calls(path)
        for text in texts
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    }
    causes = {text for program in PROGRAMS for cause in program.causes for text in (cause.message, cause.next_step)}
    programs = {text for one in PROGRAMS for text in (one.expectation, one.when_stalled, one.when_port_taken)}
    stages = {stage.value for stage in Stage}
    return literals | causes | programs | stages | {one.purpose for one in CHECKPOINTS} | set(REGION_KINDS)


def said_by_browser() -> set[str]:
    skeletons = [text for path in STATIC.rglob("*.html") for text in markup_texts(path.read_text())]
    scripts = [text for path in STATIC.rglob("*.js") for text in script_texts(path.read_text())]
    return {*skeletons, *scripts}


def holes(template: str) -> list[str]:
    """The values of a template with their formats, in order."""
    return sorted(f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(template) if name)


def test_languages_every_text_has_its_french() -> None:
    """Nothing is missing, nothing is stale."""
    said = (said_by_code() | said_by_browser()) - OURS
    assert said - set(catalogue()) == set()
    assert set(catalogue()) - said == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_languages_errors_say_what_varies(path: Path) -> None:
    """A text with something filled into it goes through `gettext`: as an f-string nobody could find its French."""
    for name, texts in calls(path):
        for text in texts:
            assert not isinstance(text, ast.JoinedStr | ast.BinOp), f"{name} is given {ast.unparse(text)}"


@pytest.mark.parametrize(
    "name",
    [f"ocr/web/views/{name}.py" for name in ("messages", "engine_messages", "comparison_text", "retry_suggestions")],
)
def test_languages_words_are_all_said(name: str) -> None:
    """In the modules that hold texts alone, no text with a word in it goes out unsaid."""
    tree = ast.parse((ROOT / name).read_text())
    said = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TEXT_ARGUMENTS
        for argument in node.args
        for part in ast.walk(argument)
    }
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    unsaid = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said | docstrings
    ]
    assert [text for text in unsaid if re.search(r"[^\W\d_]", text)] == []


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_languages_scripts_say_no_sentence_of_their_own(path: Path) -> None:
    """Words with a capital and a space between them are a text for people, and go through `gettext`."""
    code = re.sub(r"\bn?gettext\(\s*(\"[^\"]*\"(, )?)+", "", re.sub(r"(^|\s)//.*", "", path.read_text()))
    assert re.findall(r"[\"`][A-Z][^\"`\n$]* [^\"`\n]*[\"`]", code) == []


@pytest.mark.parametrize("english", sorted(catalogue()))
def test_languages_french_has_the_same_holes(english: str) -> None:
    found = catalogue()[english]
    for translation in found if isinstance(found, list) else [found]:
        assert [hole.partition(":")[0] for hole in holes(translation)] == [
            hole.partition(":")[0] for hole in holes(english)
        ]
        assert translation.strip() == translation
        assert not re.search(r" [;:!?%»]|« |'", translation)


def test_languages_plurals_are_french() -> None:
    """None is no more than one."""
    pages = [ngettext("{count} page", "{count:,} pages", number) for number in (0, 1, 2, 1200)]
    assert [french(one) for one in pages] == ["0 page", "1 page", "2 pages", "1\u202f200 pages"]


def test_languages_numbers_are_french() -> None:
    assert french(gettext("{seconds:.1f} s", seconds=2.13)) == "2,1\u00a0s"
    assert french(gettext("cache {percent:.0f} %", percent=12.3)) == "cache 12\u202f%"
    assert french(gettext("temperature {number:g}", number=0.2)) == "température 0,2"


def test_languages_values_are_told_too_but_names_are_not() -> None:
    """A row of texts is told one by one; a file is called what it is called."""
    line = join(" · ", [gettext("{name} is empty.", name="done"), gettext("done"), "done", ""])
    assert french(line) == "done est vide. · lue · done"


def test_languages_what_is_missing_stays_english() -> None:
    assert french(gettext("No such text, {name}.", name="a")) == "No such text, a."
    assert french(ngettext("{count} thing", "{count} things", 2)) == "2 things"


def test_languages_typeset() -> None:
    assert typeset("L'an : « {n} » ; {n} s, 3 px ?") == (
        "L’an\u00a0: «\u00a0{n}\u00a0»\u202f; {n}\u00a0s, 3\u00a0px\u202f?"
    )


@pytest.mark.parametrize("given", ["de", "", None, 7, ["fr"], "FR"])
def test_languages_unknown_is_english(given: object) -> None:
    assert parse_language(given) is Language.ENGLISH


def test_languages_told() -> None:
    value = {"word": gettext("done"), "name": "done"}
    assert translate(value, Language.FRENCH) == {"word": "lue", "name": "done"}
    assert translate(value, parse_language("en")) == {"word": "done", "name": "done"}
    assert type(translate(value, Language.ENGLISH)["word"]) is str


def test_languages_spoken_in_each_until_one_is_known() -> None:
    """The browser takes its own from the list; see `current` in static/base/dom.js."""
    assert translations({"word": gettext("done")}, None) == [{"word": "done"}, {"word": "lue"}]
    assert translations({"word": gettext("done")}, Language.FRENCH) == [{"word": "lue"}]


def test_languages_a_component_gets_its_own_words() -> None:
    """What its skeleton shows and reads out, what its scripts and its constants say, and no more."""
    skeleton = '<p aria-label="Close">\n  Drop PDFs\n  or images <b class="Stop">·</b></p>'
    scripts = ['gettext("Copied"); ngettext("{count} page", "{count} pages", 2); set("Stop")']
    given = component_catalogue(skeleton, scripts, {"labels": [gettext("done")]})
    assert set(given) == {"Close", "Drop PDFs or images", "Copied", "{count} page", "done"}
    assert given["done"] == "lue"
