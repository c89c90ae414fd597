"""Tests of the rules, each against its cases, and of the parsers that they use."""
