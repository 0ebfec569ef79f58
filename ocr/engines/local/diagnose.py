"""Finds in its log why a server did not start, or died, and what the user can do."""

import re
from collections.abc import Sequence

from ocr import errors
from ocr.engines.local.program import LogFormat, ServerProgram
from ocr.i18n import gettext

RECENT_LINES = 200
"""Last lines of the log that are searched once a server has been ready: a few tracebacks."""


def explain(
    program: ServerProgram, lines: Sequence[str], code: int | None, *, served: bool, log: str = ""
) -> errors.EngineFailed:
    """The error that the log of a dead server stands for.

    Args:
        program: what has died.
        lines: its log, from its start.
        code: its exit code as a shell has it.
        served: whether it was ready before; then its early lines say nothing of its death.
        log: the file of the whole log, for what nothing here explains.
    """
    recent = lines[-RECENT_LINES:] if served else lines
    said = [program.log.prefix.sub("", line) for line in recent if not program.log.harmless.match(line)]
    for cause in program.causes:
        for line in said if cause.pattern else ():
            if found := re.search(cause.pattern, line):
                what = next((text for text in found.groupdict().values() if text), "").strip()[:300].rstrip(".")
                return cause.kind(gettext(cause.message, what=what), gettext(cause.next_step, what=what))
        if code is not None and cause.exit_code == code:
            return cause.kind(cause.message, cause.next_step)
    verb = (
        gettext("{server} died", server=program.name)
        if served
        else gettext("{server} did not start", server=program.name)
    )
    last = last_error(program.log, lines)
    if not last and code is not None and code > 128:
        memory = gettext("often out of memory") if code == 137 else ""
        signal = gettext("it was killed by signal {number}", number=code - 128)
        last = gettext("{signal} ({why})", signal=signal, why=memory) if memory else signal
    return errors.EngineFailed(
        gettext("{verb}: {reason}.", verb=verb, reason=last)
        if last
        else gettext("{verb} (exit code {code}).", verb=verb, code=code),
        gettext("The full log is in {file}.", file=log) if log else gettext("See its log for details."),
    )


def last_error(log: LogFormat, lines: Sequence[str]) -> str:
    """The last line that names an error of its own, without its prefix; empty if there is none."""
    consequence = ""
    for line in reversed(lines):
        if log.error.match(line):
            text = log.prefix.sub("", line).strip()[:300].rstrip(".")
            if not log.secondary.search(text):
                return text
            consequence = consequence or text
    return consequence
