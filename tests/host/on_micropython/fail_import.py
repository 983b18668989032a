"""Prints how many bytes stay taken after an import of the module `half` that fails, first plainly, then borrowed."""

import gc
import sys

from core.on_demand import Borrowed

sys.path.append(sys.argv[1])


def taken(action):
    gc.collect()
    before = gc.mem_alloc()
    try:
        action()
    except MemoryError:
        pass
    gc.collect()
    return gc.mem_alloc() - before


def plainly():
    import half

    return half


def borrowed():
    with Borrowed():
        import half

        return half


print(taken(plainly), taken(borrowed))
