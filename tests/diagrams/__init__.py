"""Tests of diagrams as drawings in pages and as separate pictures."""
