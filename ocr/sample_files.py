"""Find the sample documents: inside the installed package, or in a checkout's assets."""

from pathlib import Path

_INSTALLED = Path(__file__).with_name("samples")
SAMPLES_FOLDER = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "assets" / "samples"
