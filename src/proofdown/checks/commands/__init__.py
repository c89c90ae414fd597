"""Check command lines against a tool's own help; `judge` is the door."""
