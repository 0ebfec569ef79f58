"""What the user asks for and what a model wants: settings, their arguments, model families, vLLM's flags."""
