"""Reading for programs and language models."""
