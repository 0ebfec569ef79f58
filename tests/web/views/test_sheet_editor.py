"""The value of the edges of a sheet has the same keys whatever is shown."""

from ocr.photo_sheets import SheetCorners
from ocr.types import Document, PageId, PageImage
from ocr.web.state.chosen_sheets import EditedSheet
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session
from ocr.web.views.sheet_editor import edges

PAGE = PageId(0, 1)
CORNERS = SheetCorners.of([[100, 100], [900, 100], [900, 900], [100, 900]])


def test_edges_values(session: Session) -> None:
    path = session.private / "0.jpg"
    session.add_pages(session.add("a.jpg", path), Document(path, "a.jpg", "image/jpeg", 1, "0" * 64))
    page = session.pages[PAGE]
    nothing, as_taken = edges(session, None), edges(session, page)
    image = PageImage(10, 14, b"", "image/jpeg", corners=CORNERS)
    session.pictures[PAGE] = StoredImage(session.public / "0-1.jpg", image)
    straight = edges(session, page)
    session.sheets.edited = EditedSheet(PAGE, session.public / "0-1-photo.jpeg", image, CORNERS)
    edited = edges(session, page)
    assert nothing.keys() == as_taken.keys() == straight.keys() == edited.keys()
    assert [one["page"] for one in (nothing, as_taken, straight)] == ["", "0-1", "0-1"]
    assert [one["straightened"] for one in (as_taken, straight)] == [False, True]
    assert as_taken["state"] != straight["state"]
    assert (edited["open"], edited["corners"], edited["width"]) == (True, CORNERS.as_list(), 10)
