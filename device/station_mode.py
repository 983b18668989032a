"""Station mode: what runs on the home network, and the hotspot that helps out when that is gone."""

import asyncio

from core.memory import Shortage, can_allocate
from core.on_demand import load, paged
from hardware.background import Background
from hardware.chance import chance
from hardware.journal_files import Journal
from hardware.sensor import Sensor
from logger import Logger

SENSOR_STACK_BYTES = 4096
LOOK_S = 1
HOTSPOT_CHANNEL = 6
OUTGROWN = "heap had grown by itself"
TLS_BROKEN = "memory inside TLS"
"""Another session would panic the chip."""


@paged
def loops(device):
    """Connect the parts of station mode; returns [(name, coroutine that never ends), ...]."""
    sensor = Sensor(device.board.SENSOR_PIN, device.settings["sensor"])
    sensor_thread = Background(SENSOR_STACK_BYTES)  # of its own: an upload may hang for half a minute
    device.journal = Journal()
    device.logger = Logger(
        device.settings,
        lambda: sensor_thread.run(sensor.read_frame),
        device.journal,
        device.uploader,
        device.clock,
        device.log,
        device.wifi.connected,
        device.beat,
        chance,
        lambda channel_id: _learn_channel(device, channel_id),
        device.server.make_room,
    )
    device.problem = device.logger.problem
    device.read_sensor = lambda: load("sensor_check").latest(device)
    _serve_dashboard(device)
    return [
        ("measuring", device.logger.measure()),
        ("uploading", device.logger.upload()),
        ("clock", device.clock.keep(device.background, device.uploader.server_time)),
        ("settle", load("settle").settle(device)),
        ("blink", _blink(device)),
        ("station", _Station(device).look_after()),
    ]


def _serve_dashboard(device):
    device.server.app = None
    device.server.make_app = lambda: load("dashboard").make_app(device)


def _learn_channel(device, channel_id):
    settings = dict(device.settings)
    settings["channel_id"] = channel_id
    try:
        device.save_settings(settings)
    except OSError:
        pass  # ThingSpeak tells it again


async def _blink(device):
    while True:
        await device.logger.changed.wait()
        if device.indicator.pattern == "ok":
            await device.indicator.blink()


class _Station:
    """Looks after the station: rejoins, opens the hotspot when the network stays away, and restarts when memory is short."""

    @paged
    def __init__(self, device):
        self._device = device
        proven_before = load("hardware.settings_store").SettingsStore().are_good()
        self._fallback = load("core.fallback").Fallback(device.clock.uptime_s(), not proven_before)
        self._shortage = Shortage()
        self._names = None  # the task of the name server while the hotspot is open
        self._proven = False

    async def look_after(self):
        device = self._device
        device.go_on("joining", device.wifi.keep_joined(lambda: device.settings, self._may_try))
        while True:
            try:
                self._look(device.clock.uptime_s())
            except MemoryError:
                pass  # a second later there may be more
            await asyncio.sleep(LOOK_S)

    def _look(self, now_s):
        device = self._device
        quiet = device.server.quiet() and not device.background.busy()
        if self._shortage.restart_due(can_allocate(), quiet, now_s):
            device.restart_soon("memory was short")
        if device.uploader.tls_broken:
            device.restart_now(TLS_BROKEN)
        elif quiet and device.has_outgrown():
            device.restart_now(OUTGROWN)
        joined = device.wifi.connected() and not device.wifi.held  # a trial joins, too, and must not close the hotspot under its phone
        if self._fallback or not joined:
            self._fall_back(now_s, joined)
        if joined and not self._proven:
            self._proven = True
            try:
                load("hardware.settings_store").SettingsStore().mark_good()
            except OSError as failure:  # flash is full or damaged: the last good copy stays as it is
                device.log("The good copy of the settings was not written: %s" % failure)
            device.log("The readings are at http://%s/readings" % device.own_address())
        device.indicator.show(self._pattern(joined))

    @paged
    def _fall_back(self, now_s, joined):
        """Open or close the hotspot when it is time. What decides that is only there while it may be needed."""
        if not self._fallback:
            self._fallback = load("core.fallback").Fallback(now_s)
        wanted = self._fallback.update(now_s, joined, self._device.wifi.hotspot_phones())
        if wanted != bool(self._names):
            self._open() if wanted else self._close()
        if self._fallback.settled:
            self._fallback = None

    def _may_try(self):
        return not (self._fallback and self._fallback.retries_pause(self._device.clock.uptime_s()))

    @paged
    def _open(self):
        device = self._device
        device.log("The Wi-Fi is gone: the hotspot opens so that you can look or choose another one. Readings are kept.")
        setup_mode = load("setup_mode")
        setup_mode.open_hotspot(device, HOTSPOT_CHANNEL)
        self._names = device.go_on("names", setup_mode.serve_names(device))
        device.present_trial = load("later_trial").LaterTrial(device)
        setup_mode.serve_portal(device, setup_mode.Portal(device, load("core.advice").sentence("wifi_lost")))

    @paged
    def _close(self):
        device = self._device
        self._names.cancel()
        self._names = None
        device.present_trial = None
        device.wifi.stop_hotspot()
        _serve_dashboard(device)
        device.log("The Wi-Fi is back: the hotspot is closed.")

    def _pattern(self, joined):
        if self._names:
            return "setup"
        if not joined:
            return "wifi_lost" if self._proven else "joining"
        return "problem" if self._device.problem() else "ok"
