"""One source a file: how to tell it by its content, and how to read it."""
