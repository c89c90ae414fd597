"""Files that `proofdown new` writes; `starter` is the entry point."""
