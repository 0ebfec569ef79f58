"""Model servers and engines: a server by URL, a vLLM started here, or the CPU engine."""
