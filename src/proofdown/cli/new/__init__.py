"""What `proofdown new` writes; `starter` is the door."""
