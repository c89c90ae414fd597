"""Properties that every run as a whole must have."""
