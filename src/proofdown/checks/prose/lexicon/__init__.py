"""Which words are English, and what was meant by others; `dictionary` is the door."""
