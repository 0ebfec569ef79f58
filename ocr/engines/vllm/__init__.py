"""What vLLM is as a child process: its command, the stages of its start, the causes of its death."""
