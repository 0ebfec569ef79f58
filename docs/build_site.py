"""Build the documentation as a site: `python -m docs.build_site [FOLDER]`, by default into `site`.

The Markdown files are copied as they lie in the repository, with the files that they refer to, so that their relative
links hold on GitHub and on the site.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = [
    "*.md", "LICENSE", "docs/**/*.md", "deploy/**/*",
    "assets/screenshots/*", "assets/make_samples.py", "ocr/export/*.json",
]  # fmt: skip


def build_site(root: Path, to: Path) -> int:
    """Write the site of the repository at `root`; return the exit code, which is 0 only without a warning."""
    with tempfile.TemporaryDirectory() as folder:
        for pattern in COPIED:
            for file in root.glob(pattern):
                if file.is_file() and "__pycache__" not in file.parts:
                    copy = Path(folder, "docs", file.relative_to(root))
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, copy)
        shutil.copy(root / "mkdocs.yml", folder)
        code = subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder).returncode
        if code == 0:
            shutil.copytree(Path(folder, "site"), to, dirs_exist_ok=True)
        return code


if __name__ == "__main__":
    sys.exit(build_site(ROOT, Path(sys.argv[1] if len(sys.argv) > 1 else "site")))
