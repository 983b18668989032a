"""The logger: keeps readings, and uploads them for ever."""

import asyncio

from core.reading import Reading
from core.on_demand import Borrowed, with_room
from micropython import const

_ROOM_BYTES = const(14 * 1024)  # what an upload takes
_MOST_SHORT = const(5)


class Logger:
    """`keep` appends a reading to the journal, and the loop `upload` moves what is new there to ThingSpeak.

    Of `device` it uses: settings, journal, clock, log, wifi, updating, thermometer (for what is wrong with it), beat; make_room, has_room
    and server, for an upload; send and save_settings, when ThingSpeak first tells the channel id, in upload.py.

    delivery: how far uploading is. due_s: the uptime of the next attempt. most: readings in a request. unkept: the reading that flash did
    not take, or None. state, problem, last_entry_id, last_time, sent and channel_id are those of /api/readings. A reading that is refused
    as bad is put off, and others are tried in its place, `ahead` of the cursor. When one of those was accepted, `ahead` is -1: the bad one
    is tried once more, and passed over when it is refused again. So a server that refuses everything for an hour costs nothing.
    """

    newest_s = None
    short = 0  # uploads in a row that found no memory

    def __init__(self, device):
        self._device = device
        self.delivery = {"due_s": 0, "failures": 0, "most": 960, "ahead": 0, "sent": 0, "state": "ok", "channel_id": None, "unkept": None}
        self.delivery["last_entry_id"] = self.delivery["last_time"] = self.delivery["problem"] = None
        self.configure(device.settings)

    def configure(self, settings):
        """Go on with these settings; when something was wrong, such as the key, the next upload is at once."""
        delivery = self.delivery
        delivery["channel_id"] = settings["channel_id"]
        if delivery["problem"]:
            delivery.update({"due_s": 0, "failures": 0, "state": "ok", "problem": None})

    def problem(self):
        """The code of what is wrong now, the most urgent first, or None."""
        device = self._device
        if device.thermometer.problem:
            return device.thermometer.problem
        if self.delivery["unkept"]:
            return "flash_full"
        if not device.wifi.connected():
            return "wifi_lost"
        return self.delivery["problem"] or ("clock_unknown" if device.clock.now() is None else None)

    async def keep(self, reading):
        """Append it to the journal, with a time that no other reading has: ThingSpeak tells them apart by it."""
        device, time_s, newest_s = self._device, reading.time_s, self.newest_s
        if time_s is not None:
            if newest_s is None or time_s <= newest_s:
                with Borrowed():
                    from core.timestamps import unused

                for free_s in unused(time_s, device.journal):  # noqa: B007
                    await asyncio.sleep(0)
                reading = Reading(free_s, *reading[1:])
            if newest_s is None or not time_s < newest_s <= time_s + 86400:  # by more, a refuted clock stamped what is newer
                self.newest_s = time_s
        try:
            device.journal.append(reading)
            self.delivery["unkept"] = None
            device.log.say("%.1f °C  %.1f %%  kept" % reading[3:5])
        except OSError:
            if self.delivery["unkept"]:
                device.journal.dropped += 1  # the one before it has not been sent either
            self.delivery["unkept"] = reading  # to be sent from memory, at least
            device.log("Reading not kept: flash is full or damaged")

    async def upload(self):
        """Send what is new in the journal for ever, as ThingSpeak allows."""
        device = self._device
        while True:
            device.beat("uploading")
            if self._is_due():
                try:
                    await with_room(device, _ROOM_BYTES, self._upload)
                    self.short = 0
                except MemoryError:
                    self.short += 1
                    if self.short == _MOST_SHORT and not self.delivery["unkept"]:
                        device.restart_soon("what is free lies in pieces")
                    device.log("Short of memory: an upload had to be put off")
                    self.delivery.update({"state": "error", "problem": "memory", "due_s": device.clock.uptime_s() + 30})
                device.heap.reserve = None  # it may have ended before TLS began
            await asyncio.sleep(1)

    async def _upload(self):
        if self._is_due():  # the Wi-Fi may have gone while room was made
            if self._device.settings["https"]:
                self._device.heap.hold()
            with Borrowed():
                from upload import upload
            await upload(self._device, self.delivery)

    def _is_due(self):
        """Without a clock no certificate can be checked, and ThingSpeak knows a reading that it has already by its time alone."""
        device, delivery = self._device, self.delivery
        if device.wifi.held or device.updating or not device.wifi.connected() or device.clock.now() is None:
            return False
        return device.clock.uptime_s() >= delivery["due_s"] and (device.journal.waiting() or delivery["unkept"])
