"""What is on disk: pages, front matter, nav, assets and diagrams. Start with `discovery`."""
