"""Shared test code: sites to build, processes to build them in, and readers of the output."""
