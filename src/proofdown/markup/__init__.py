"""Convert Markdown to HTML, and map it back to its source; `converter` is the entry point."""
