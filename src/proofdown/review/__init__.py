"""What changed for readers from one revision of a site to another; `compare` is the door."""
