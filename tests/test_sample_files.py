"""sample_files.py in a checkout; tests/test_package.py has it installed."""

from ocr.sample_files import SAMPLES_FOLDER
from tests.conftest import SAMPLES


def test_sample_files_of_a_checkout() -> None:
    assert SAMPLES_FOLDER == SAMPLES
    assert (SAMPLES_FOLDER / "letter.pdf").is_file()
