"""The texts of the comparison."""

import math

from ocr.config.profiles import TESSERACT, Model, profile_for, read_options
from ocr.i18n import gettext, join, ngettext
from ocr.web.state.page_state import STATUS_OF_FINISH, PageState, PageStatus, Reading
from ocr.web.state.text_diff import Differences
from ocr.web.views import messages


def request_summary(reading: Reading) -> str:
    """All of how a reading was asked for, but its model: `1540 px · temperature 0.1 · turned 90°`."""
    if reading.request is None:
        return ""
    said, options = reading.request, read_options(Model(reading.request.model), reading.request)
    parts = [gettext("{number} px", number=options.longest_side)]
    if profile_for(Model(reading.request.model)) is not TESSERACT:
        parts.append(gettext("temperature {number:g}", number=options.temperature))
    parts += [gettext("top p {number:g}", number=said.top_p)] if said.top_p is not None else []
    parts += [gettext("at most {tokens}", tokens=messages.tokens(said.max_tokens))] if said.max_tokens else []
    parts += [gettext("no layout")] if said.layout is False else []
    parts += [gettext("rotated by {degrees}°", degrees=reading.result.rotation)] if reading.result.rotation else []
    return join(" · ", parts)


def result_summary(reading: Reading) -> str:
    """What a reading took, and how it ended unless well: `412 tokens · 2.1 s · cut off`."""
    result = reading.result
    times = gettext("{times} attempts", times=result.attempts) if result.attempts > 1 else ""
    state = STATUS_OF_FINISH[result.finish] if result.raw.strip() else PageStatus.BLANK
    ended = messages.STATES[state] if state is not PageStatus.DONE else ""
    tokens = messages.tokens(result.tokens) if result.tokens else ""
    return join(" · ", [tokens, messages.time_taken(result), times, ended])


def in_progress(page: PageState) -> str:
    """What is said of a comparison whose second reading still comes."""
    so_far = gettext("{tokens} so far.", tokens=messages.tokens(page.chunks)) if page.chunks else ""
    return join(" ", [gettext("Being read."), so_far, gettext("Differences are marked when the reading is complete.")])


def differences_summary(found: Differences) -> str:
    """How much two readings differ: `12 words differ · 98.6 % similar`."""
    if not found.words:
        return gettext("The same, word for word")
    alike = min(math.floor(1000 * found.alike) / 10, 99.9)
    count = ngettext("{count} word differs", "{count:,} words differ", found.words)
    return join(" · ", [count, gettext("{percent:.1f} % similar", percent=alike)])
