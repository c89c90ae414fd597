"""Tags, attributes and URLs of built HTML; `tags` is the entry point."""
