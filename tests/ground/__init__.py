"""Tests of the modules on which all others depend: source texts and locations in them."""
