"""The dictionary: known words, and suggestions for others; `dictionary` is the door."""
