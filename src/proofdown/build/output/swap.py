"""Two folders exchanged in one step, so that no moment sees neither."""

import ctypes
import errno
import os
import sys

from proofdown.folders import Folder

_RENAME_EXCHANGE = 2


def exchange(parent: Folder, one: str, other: str) -> bool:
    """Swap two folders of one in one step, where the system can (Linux, `renameat2`)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    at = parent.descriptor
    result = renameat2(at, os.fsencode(one), at, os.fsencode(other), _RENAME_EXCHANGE)
    if result == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"{parent.path}/{other}")
