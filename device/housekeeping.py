"""Housekeeping: counts a start that lasts as a good one, gives back what nobody uses, notices a Python heap that has grown."""

import asyncio

LOOK_S = 5
UNUSED_S = 600  # the web app stays this long after its last visitor
SHORT_BYTES = 16 * 1024  # with less to take, what nobody uses goes at once
GROWN_BYTES = 4096
QUICK_START_S = 10  # a start counts as quick while power went away again within this time, see core/mode.py
GOOD_AFTER_S = 60  # one that has lived this long was a good one, and the count of bad ones begins again


async def look_after(device):
    """For ever, every few seconds. Keeps the figures of both heaps in `device`."""
    heap, server = device.heap, device.server
    total = heap.total()
    begun_s = device.clock.uptime_s()
    while True:
        lasted_s = device.clock.uptime_s() - begun_s
        if device.state["quick_starts"] and lasted_s >= QUICK_START_S:
            from hardware import identity

            device.state["quick_starts"] = 0
            identity.save(device.state)
        if lasted_s >= GOOD_AFTER_S and device.memory.get("bad_starts"):
            device.memory.set("bad_starts", 0)
        device.heap_free = heap.free()
        device.idf_heap_free, device.idf_heap_largest = heap.idf()
        idle_s = server.idle_s()
        is_unused = idle_s > UNUSED_S
        if is_unused or idle_s > LOOK_S and device.heap_free < SHORT_BYTES:
            device.give_back(is_unused)
        if idle_s and not device.background.busy() and heap.total() > total + GROWN_BYTES:
            device.restart_soon("the heap has grown")
            return
        await asyncio.sleep(LOOK_S)
