"""What links lead to, and how they are written anew; `resolve` is the door."""
