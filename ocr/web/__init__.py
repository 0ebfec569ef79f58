"""The web page, by Gradio."""
