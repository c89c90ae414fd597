"""The guide of this repository: its pages, its data and its tutorial."""
