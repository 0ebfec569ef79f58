"""Write the pages that a visitor has corrected as data to fine-tune and to test models with."""

from functools import partial

from ocr.errors import OcrError, UsageError
from ocr.export.training_data import DataPage, check_data_format, data_stem, sample_stem, write_data
from ocr.extras import is_installed
from ocr.i18n import gettext
from ocr.result_formats import DATA_SUFFIXES, DataFormat
from ocr.types import PageId
from ocr.web.actions.downloads import publish_download, report_errors
from ocr.web.actions.runner import Runner
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session

LABELS = {
    DataFormat.JSONL: gettext("Training data"),
    DataFormat.PARQUET: gettext("Training data, Parquet"),
    DataFormat.TRUTH: gettext("Ground truth"),
}
USES = {
    DataFormat.JSONL: gettext("Corrected pages as JSONL and images, for fine-tuning"),
    DataFormat.PARQUET: gettext("Corrected pages in one file, for fine-tuning"),
    DataFormat.TRUTH: gettext("Corrected pages as Markdown beside images, for tests"),
}


def data_menu() -> list[dict[str, str | bool]]:
    """These formats in the download menu; Parquet cannot be chosen where its package is not installed."""
    ready = {DataFormat.PARQUET: is_installed("scale")}
    return [
        {"format": form.value, "label": label, "use": USES[form], "ready": ready.get(form, True)}
        for form, label in LABELS.items()
    ]


async def write_data_download(runner: Runner, session: Session, form: DataFormat, only: PageId | None) -> None:
    """Write the pages that were corrected, or one page be it corrected or not; what is in the way is a problem."""
    session.problem = None
    with report_errors(session):
        check_data_format(form)
        pages = await _data_pages(runner, session, only)
        if not pages:
            problem = gettext("No page has been corrected yet.")
            raise UsageError(problem, gettext("Correct a page, or choose one page alone to have it as it is."))
        stem = data_stem((page.document for page in pages), "results")
        stem += f"-page-{only.number}" if only else ""
        name = f"{stem}{DATA_SUFFIXES[form]}"
        await publish_download(session, name, form, partial(write_data, pages=pages, form=form))


async def _data_pages(runner: Runner, session: Session, only: PageId | None) -> list[DataPage]:
    """The pages with their images; those that the session has no image of are rendered as they were read.

    Raises:
        OcrError: a page has no image, and none can be made.
    """
    pages: dict[PageId, DataPage] = {}
    for name, state in list(session.pages.items()):  # any may be removed while one is rendered
        reading = state.downloadable if name in session.pages else None
        if reading is None or (only != name if only else not reading.result.corrected):
            continue
        document, result = session.document(name.document).name, reading.result
        picture = reading.picture or await _picture(runner, session, name)
        if name not in session.pages:
            continue
        if picture is None:
            raise state.error or OcrError(
                gettext("The image of page {number} is missing.", number=name.number),
                gettext("Show the page, then download again."),
            )
        stem = sample_stem(document, name.document + 1, name.number)
        pages[name] = DataPage(document, stem, name.number, result.markdown, picture.path)
    return [page for name, page in pages.items() if name in session.pages]


async def _picture(runner: Runner, session: Session, page: PageId) -> StoredImage | None:
    """The page's image, rendered if need be; None where its document is removed meanwhile, or there is no room for it.

    Raises:
        OcrError: it cannot be rendered.
    """
    if page not in session.pictures and not session.reader(page):  # else its run renders it
        try:
            await runner.render_page(session, page)
        except OcrError:
            if page in session.pages:
                raise
    return session.pictures.get(page)
