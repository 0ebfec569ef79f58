"""Settings, their command-line arguments, the model families, and vLLM's flags."""
