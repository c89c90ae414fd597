"""Publishing to real hosts on this machine: a repository, a folder, an S3 server, sshd."""
