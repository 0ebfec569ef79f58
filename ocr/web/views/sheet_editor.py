"""The value of the edges of a sheet: whether the page is a picture, and the picture while its corners are moved."""

from typing import Any

from ocr.documents.photo_extra import can_straighten
from ocr.i18n import gettext
from ocr.types import PageId
from ocr.web.state.browser_names import file_url, page_name
from ocr.web.state.page_state import PageState
from ocr.web.state.session import Session

CLOSED: dict[str, Any] = {"open": False, "image": "", "width": 0, "height": 0, "corners": [], "straightened": False}
"""What is sent while no corners are moved."""


def edges(session: Session, page: PageState | None) -> dict[str, Any]:
    """Whether the sheet on the page that is shown can be found or chosen, how it is shown now, and the editor."""
    if page is None or not is_photographic(session, page.page):
        return {"page": "", "state": "", **CLOSED}
    picture = session.pictures.get(page.page)
    straightened = bool(picture and picture.image.corners)
    state = gettext("Straightened from a photo.") if straightened else gettext("Shown as it was taken or scanned.")
    value = {"page": page_name(page.page), "state": state, **CLOSED, "straightened": straightened}
    edited = session.sheets.edited
    if edited is None or edited.page != page.page:
        return value
    photo = {"image": file_url(edited.path), "width": edited.photo.width, "height": edited.photo.height}
    return value | photo | {"open": True, "corners": edited.corners.as_list()}


def is_photographic(session: Session, page: PageId) -> bool:
    """Whether the page is a picture, and its sheet can be straightened here."""
    upload = session.uploads.get(page.document)
    document = upload.document if upload else None
    return document is not None and document.media_type.startswith("image/") and can_straighten()
