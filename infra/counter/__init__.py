"""For a counter's own machine: one file, and none of our code."""
