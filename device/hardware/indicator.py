"""The indicator: what the LED says, and the BOOT button below it."""

import asyncio

from machine import Pin
from micropython import const

_SETUP_S = const(3)
_ERASE_S = const(10)

PATTERNS = {
    # lit (1) or dark in each tenth of two seconds, the last digit first, over and over
    "hotspot": 0b00000000001111111111,
    "joining": 0b00110011001100110011,
    "ok": 0,  # and a blink at each measurement
    "wifi_lost": 0b00000000000000001001,
    "problem": 0b00000000000001001001,
    # while the button is held: what it asks for
    "setup": 0b01010101010101010101,
    "erase": 0b11111111111111111111,
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
                device.memory.set("setup_wanted", 1)
                device.restart_soon("set-up was asked for")
            held, up_s = None, now_s
        elif up_s is not None and held != "erase":
            if now_s - up_s >= _ERASE_S:
                held = "erase"
                device.restart_soon("erased", "everything")
            elif now_s - up_s >= _SETUP_S:
                held = "setup"
        pattern = PATTERNS[held or device.pattern]
        is_lit = pattern >> ticks & 1 if pattern else thermometer.reads != reads
        led.value(is_lit == board.LED_LIT)
        ticks, reads = (ticks + 1) % 20, thermometer.reads
        await asyncio.sleep(0.1)
