"""The `check` command: whether each of several servers can read pages, a line for each thing examined."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ocr.config.profiles import Model
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.errors import OcrError
from ocr.inference.http import without_credentials
from ocr.interrupts import INTERRUPTED
from ocr.server_check.check_report import Report, report_agreement
from ocr.server_check.check_steps import check


def main(settings: Settings, wait: float, write: Callable[[str], object]) -> int:
    """Check each server of `settings`, waiting for it for `wait` seconds; return the highest exit code."""
    codes, models = [], dict[str, Model | None]()
    several = len(settings.server_url) > 1
    for address in settings.server_url:
        url, report = without_credentials(address), Report(write)
        if several:
            write(f"{url}\n")
        try:
            with Renderer(workers=1) as renderer:
                codes.append(asyncio.run(check(replace(settings, server_url=(address,)), wait, report, renderer)))
        except OcrError as error:
            report.failed(error.full_message)
            codes.append(error.exit_code)
        except KeyboardInterrupt:
            return INTERRUPTED
        models[url] = report.model
    if several:
        report_agreement(models, Report(write))
    return max(codes)
