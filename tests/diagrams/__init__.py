"""DOT as drawings in pages and as pictures of their own."""
