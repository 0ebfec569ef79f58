"""The state of each visitor; independent of Gradio."""
