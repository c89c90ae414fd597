"""The rules, by family; `registry` lists them all."""
