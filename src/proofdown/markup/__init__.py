"""Convert Markdown to HTML, and map it back; `converter` is the entry point."""
