"""Parses a model's answer into blocks, regions and Markdown. No I/O."""
