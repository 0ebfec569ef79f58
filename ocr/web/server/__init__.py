"""The web server, and the middleware in front of Gradio."""
