"""House style: patterns, repeats, articles, paired marks, full stops; `patterns` is the door."""
