"""What the app knows of each visitor. No Gradio."""
