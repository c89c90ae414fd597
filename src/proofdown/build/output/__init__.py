"""Outputs to a folder, staged beside it and then swapped; `write` is the door."""
