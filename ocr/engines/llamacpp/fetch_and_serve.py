"""Get a model's weights ready, then become the server that reads them.

Run as a script, so that the download is a stage of the server's start like any other: its progress is in the log, and
it ends with the process.

    python fetch_and_serve.py SOURCE llama-server OPTION...
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":  # from a checkout, which is not installed
    sys.path.append(str(Path(__file__).parents[3]))

from ocr.engines.llamacpp.fetch_weights import ready_files


def main(source: str, command: list[str]) -> None:
    """Fetch the files of a folder or a repository and run the command with them; it takes the place of this process."""
    sys.stderr.write(f"Looking for the files of {source}\n")
    model, mmproj = ready_files(source)
    os.execv(command[0], [*command, "--model", str(model), "--mmproj", str(mmproj)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
