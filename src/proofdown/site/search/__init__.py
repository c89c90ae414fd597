"""What readers can find, and in which order; `entries` is the door."""
