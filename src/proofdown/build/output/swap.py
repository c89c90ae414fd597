"""Exchange two folders atomically."""

import ctypes
import errno
import os
import sys

from proofdown.folders import Folder

# From `linux/fs.h`; Python does not define it.
_RENAME_EXCHANGE = 2


def exchange(parent: Folder, one: str, other: str) -> bool:
    """Exchange two subfolders atomically; return False if the system cannot (`renameat2`)."""
    if not sys.platform.startswith("linux"):
        return False
    try:  # Python has no function for this system call
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    at = parent.descriptor
    result = renameat2(at, os.fsencode(one), at, os.fsencode(other), _RENAME_EXCHANGE)
    if result == 0:
        return True
    # An older kernel, or a file system without RENAME_EXCHANGE.
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"{parent.path}/{other}")
