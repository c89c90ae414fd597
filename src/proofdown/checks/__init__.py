"""The rules, grouped by what they check; `registry` lists them all."""
