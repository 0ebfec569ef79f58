"""The client of a model server: send a page image, stream the answer."""
