"""Page image to request to streamed answer: the client of a model server."""
