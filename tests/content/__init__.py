"""What is on disk: pages, their heads, names and dates, and what is recorded beside them."""
