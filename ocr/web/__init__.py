"""The screen: the one room that knows Gradio."""

from ocr.web.app import build
from ocr.web.launch import launch

__all__ = ["build", "launch"]
