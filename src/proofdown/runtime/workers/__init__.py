"""Worker processes that run tasks, each within a budget; `pool` is the door."""
