"""What llama-server is as a child process: its command, the weights that it reads, what its log says."""
