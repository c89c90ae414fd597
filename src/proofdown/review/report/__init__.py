"""Print a review as HTML, JSON, Markdown or text; `checklist` is the door."""
