"""A model server as a child process: started, watched, explained when it dies, ended with us."""
