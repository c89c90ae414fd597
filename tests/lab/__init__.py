"""The laboratory itself, on real hosts; skipped where it cannot be set up."""
