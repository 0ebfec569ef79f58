"""Pages that the visitor turns."""

from ocr.types import PageId
from ocr.web.state.page_turns import PageTurns

PAGE = PageId(0, 2)


def test_turns_add_up_from_how_the_image_is() -> None:
    """By quarters clockwise; what is shown is the rest, once a page was rendered as it was turned."""
    turns = PageTurns()
    assert turns.on_image(PAGE, 270) == 0
    turns.turn(PAGE, 270)
    assert (turns.by_page[PAGE], turns.on_image(PAGE, 270), turns.on_image(PAGE, 0)) == (0, 90, 0)
    turns.turn(PAGE, 270)
    assert (turns.by_page[PAGE], turns.on_image(PAGE, 270), turns.on_image(PAGE, 90)) == (90, 180, 0)


def test_turns_go_with_their_document() -> None:
    turns = PageTurns({PAGE: 90, PageId(1, 2): 180})
    turns.remove(0)
    assert turns.by_page == {PageId(1, 2): 180}
