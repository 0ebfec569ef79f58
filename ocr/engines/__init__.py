"""Who reads: a server by URL, a vLLM or the CPU engine started here and stopped with us."""
