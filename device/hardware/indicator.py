"""The indicator: what the LED says, and the BOOT button below it."""

import asyncio

from machine import Pin
from micropython import const

TICK_S = 0.1
_SETUP_S = const(3)
_ERASE_S = const(10)

PATTERNS = {
    # lit (#) or dark in each tenth of a second, over and over
    "hotspot": "##########..........",
    "joining": "##..",
    "ok": ".",  # and a blink at each measurement
    "wifi_lost": "#..#................",
    "problem": "#..#..#.............",
    # while the button is held: what it asks for
    "setup": "#.",
    "erase": "#",
}


async def run(device):
    """For ever, show `device.pattern` and follow the button: let go after 3 s it asks for set-up, held for 10 s for erasing everything."""
    board, thermometer = device.board, device.thermometer
    led = Pin(board.LED_PIN, Pin.OUT, value=1 - board.LED_LIT)
    button = Pin(board.BUTTON_PIN, Pin.IN, Pin.PULL_UP)
    up_s = None  # when it was seen up; one that is down from the start is ignored until it has been let go
    held = None
    ticks = reads = 0
    while True:
        now_s = device.clock.uptime_s()
        if button.value():
            if held == "setup":
                device.open_setup_soon()
            held, up_s = None, now_s
        elif up_s is not None and held != "erase":
            if now_s - up_s >= _ERASE_S:
                held = "erase"
                device.erase_soon()
            elif now_s - up_s >= _SETUP_S:
                held = "setup"
        pattern = PATTERNS[held or device.pattern]
        is_lit = pattern[ticks % len(pattern)] == "#" or pattern == "." and thermometer.reads != reads
        led.value(is_lit == board.LED_LIT)
        ticks, reads = ticks + 1, thermometer.reads
        await asyncio.sleep(TICK_S)
