"""What tests share: sites to build, programs to run them in, and readers of what comes out."""
