"""The screen: the one room that knows Gradio."""

from ocr.ui.launch import launch
from ocr.ui.layout import build

__all__ = ["build", "launch"]
