"""A model's answer to blocks, regions and Markdown. No I/O."""
