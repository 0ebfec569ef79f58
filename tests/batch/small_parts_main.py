"""`pagelight` with parts of a few rows, so that small runs have many: `python -m tests.batch.small_parts_main batch …`.

The processes that it starts import this module too.
"""

import sys

from ocr.__main__ import run
from ocr.batch import journal

journal.PART_ROWS = 4

if __name__ == "__main__":
    sys.exit(run())
