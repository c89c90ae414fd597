"""A comparison as HTML, JSON, Markdown or text; `checklist` is the door."""
