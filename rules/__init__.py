"""One bottleneck pattern a file; the file name is the name of the rule."""
