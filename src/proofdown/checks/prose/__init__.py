"""What of a page is English, and what is wrong with it; `read_page` is the door."""
