"""Check the prose of pages: spelling and house style; `read_page` is the door."""
