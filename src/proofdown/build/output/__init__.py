"""Write outputs to a folder that is staged and then swapped in; `write` is the door."""
