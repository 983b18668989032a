"""What is used rarely: imported when it is asked for, and dropped when it has done its work, nobody needs it or memory is short."""

import sys

from micropython import const

_PLACES = const(97)  # more than there are modules, and a size that MicroPython gives its tables (py/map.c)
ALL_BYTES = 1 << 29  # to be asked of app.Device.make_room: more than there ever is


async def with_room(device, wanted, work, *given):
    """What `await work(*given)` returns. So many bytes are free when it begins: beside pages, or else they wait, or are even dropped.

    Where that did not do it is tried once more in all the room that can be made. Raises MemoryError when it is not enough, or
    somebody is still attended to.
    """
    device.server.pause()
    try:
        for room_bytes in (wanted, ALL_BYTES):
            if await device.make_room(room_bytes) or device.has_room(wanted):
                try:
                    return await work(*given)
                except MemoryError:
                    pass
        raise MemoryError
    finally:
        device.server.go_on()


def drop_since(kept, names=()):
    """Forget every module that was imported since `kept` was taken, a `set(sys.modules)`, but those of these names.

    Whoever still holds something of such a module goes on with it; the next import loads it anew. MicroPython keeps its names for good.
    """
    while True:
        for name in sys.modules:
            if name not in kept and name not in names:
                break
        else:
            return
        del sys.modules[name]  # one after the other: a list of them would take memory, of which there may be none
        package, _, leaf = name.rpartition(".")
        if package in sys.modules:
            sys.modules[package].__dict__.pop(leaf, None)


def forget_failed():
    """After an import that failed: what had been loaded by then is kept by its place in sys.modules, which is free, but not empty.

    (MicroPython takes the name out with mp_map_lookup(), see py/builtinimport.c.) So all free places are filled for a moment. The first
    time, at the start, the table grows for that; afterwards it takes no memory.
    """
    places = range(_PLACES - len(sys.modules))
    for place in places:
        sys.modules[place] = None
    for place in places:
        del sys.modules[place]


class Borrowed:
    """A context manager round imports for one piece of work: what they bring is forgotten at its end."""

    def __enter__(self):
        self._kept = set(sys.modules)

    def __exit__(self, kind, *_):
        drop_since(self._kept)
        if kind:
            forget_failed()
