"""Strangers guess codes, numbers and words: a run of a fixed seed that finds nothing."""
