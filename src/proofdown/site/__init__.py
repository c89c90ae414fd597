"""What a site consists of, and its HTML; `model` is the door."""
