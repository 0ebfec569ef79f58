"""What contributors meet: the hooks before a commit, the workflow, the issue form."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

GITHUB = ROOT / ".github"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_contributing_hooks_are_the_checks_of_the_test_command() -> None:
    """`./setup.sh test` makes the same checks with the same options, in the same order, before it tests."""
    (block,) = re.findall(r"^  test\)$(.*?)^    ;;$", (ROOT / "setup.sh").read_text(), re.MULTILINE | re.DOTALL)
    checks = [line.strip() for line in block.splitlines() if line.startswith("    .venv/bin/")]
    (local,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [hook["entry"] for hook in local["hooks"]] == checks
    assert not any(hook["pass_filenames"] for hook in local["hooks"])


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-workflows", "workflows/test.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/bug.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_contributing_github_files_are_valid(schema: str, path: str) -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [checker, "--builtin-schema", f"vendor.{schema}", GITHUB / path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_contributing_workflow_runs_both_commands() -> None:
    steps = [step for job in load(GITHUB / "workflows" / "test.yml")["jobs"].values() for step in job["steps"]]
    scripts = "\n".join(step.get("run", "") for step in steps)
    assert {"test", "run"} <= set(re.findall(r"^\./setup\.sh (\w+)", scripts, re.MULTILINE))


def test_contributing_issue_form_asks_for_the_file() -> None:
    fields = {field.get("id"): field for field in load(GITHUB / "ISSUE_TEMPLATE" / "bug.yml")["body"]}
    assert fields["file"]["validations"]["required"]
