"""Read with another server: it is checked step by step as by `pagelight check`, and used if it can read pages."""

from collections.abc import Callable
from dataclasses import replace

from ocr.config.arguments import base_url
from ocr.engines.select import server_by_url
from ocr.errors import OcrError, confined
from ocr.i18n import gettext
from ocr.inference.http import check_url
from ocr.server_check.check_report import Report
from ocr.server_check.check_steps import check
from ocr.web.actions.runner import Runner
from ocr.web.state.checked_server import FAILED, LOOK, OK, WAITING, CheckedServer, CheckFinding
from ocr.web.state.session import Session

FIRST_TOKEN_TIMEOUT_S = 120.0
"""For the sample page; somebody waits for it."""
MARKS = {"ok": OK, "!": LOOK, "...": WAITING, "FAILED": FAILED}
WHAT = {
    "health": gettext("Health"),
    "model": gettext("Model"),
    "context": gettext("Context"),
    "engine": gettext("Program"),
    "key": gettext("Key"),
    "page": gettext("Sample page"),
    "stream": gettext("Stream"),
    "verdict": gettext("Result"),
}


class LiveReport(Report):
    """Findings for the screen; each shows as soon as it is known."""

    def __init__(self, checked: CheckedServer, on_finding: Callable[[], object]) -> None:
        super().__init__(str)
        self._checked, self._on_finding = checked, on_finding

    def _line(self, mark: str, what: str, words: str) -> None:
        self._checked.findings.append(CheckFinding(WHAT[what], MARKS[mark], words))
        self._on_finding()


async def check_and_use(runner: Runner, session: Session, address: str, key: str) -> None:
    """Check the server and, if it can read pages, read with it from now on."""
    url = base_url(address if "://" in address else f"http://{address}")
    checked = session.checked_server = CheckedServer()
    report = LiveReport(checked, session.tasks.changes.notify)
    settings = replace(runner.settings, server_url=(url,), api_key=key or None)
    patience_s = min(settings.first_token_timeout, FIRST_TOKEN_TIMEOUT_S)
    try:
        with confined():
            check_url(url, settings.api_key)
            if await check(replace(settings, first_token_timeout=patience_s), 0.0, report, runner.renderer) == 0:
                runner.engines.use(server_by_url(settings))
                await runner.ask_models(session)
                checked.used = True
    except OcrError as error:
        report.failed(error.full_message)
    finally:
        checked.busy = False
        session.tasks.changes.notify()
