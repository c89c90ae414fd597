"""Manual pages that are generated from the code; `pages` is the entry point."""
