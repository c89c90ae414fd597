"""Worker processes that do tasks, each within a budget; `pool` is the door."""
