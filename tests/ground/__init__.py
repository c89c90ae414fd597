"""What everything rests on: a text and the places in it."""
