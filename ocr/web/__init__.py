"""The screen: the one room that knows Gradio."""
