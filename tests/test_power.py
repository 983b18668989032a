import asyncio
import sys


class Machine:
    """What hardware/power.py uses of the module machine."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    kept = b""
    cause = PWRON_RESET
    resets = 0
    fed = 0
    timeout_ms = 0

    class RTC:
        def memory(self, content=None):
            if content is None:
                return Machine.kept
            assert len(content) <= 2048
            Machine.kept = bytes(content)

    class WDT:
        def __init__(self, timeout):
            Machine.timeout_ms = timeout

        def feed(self):
            Machine.fed += 1

    @staticmethod
    def reset_cause():
        return Machine.cause

    @staticmethod
    def reset():
        Machine.resets += 1


def power():
    """hardware/power.py on a machine whose power has just come."""
    before = sys.modules.get("machine")
    sys.modules["machine"] = Machine
    from hardware import power

    power.machine = Machine
    if before:
        sys.modules["machine"] = before
    else:
        del sys.modules["machine"]
    Machine.kept = b""
    Machine.resets = Machine.fed = 0
    return power


def test_memory_is_empty_after_power_on():
    memory = power().Memory()
    assert memory.get("bad_starts") == 0 and memory.get("reason", "") == "" and memory.get("crash", None) is None


def test_memory_survives_a_restart():
    module = power()
    memory = module.Memory()
    crash = {"error": "ValueError", "where": ['File "logger.py", line 7, in measure'] * 3, "message": "\u00e9" * 120}
    memory.set("bad_starts", 3)
    memory.set("uptime_base_s", -946684800)
    memory.set("reason", "watchdog: measuring")
    memory.set("crash", crash)
    again = module.Memory()
    assert (again.get("bad_starts"), again.get("uptime_base_s"), again.get("starts")) == (3, -946684800, 0)
    assert again.get("reason") == "watchdog: measuring" and again.get("crash") == crash
    again.set("crash", None)
    assert module.Memory().get("crash") is None and module.Memory().get("bad_starts") == 3


def test_memory_that_is_damaged_starts_empty():
    module = power()
    module.Memory().set("bad_starts", 3)
    good = Machine.kept
    for damaged in [b"", b"Dew", good[:-1], good + b"x", b"\0" * 2048] + [
        good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :] for index in range(len(good))
    ]:
        Machine.kept = damaged
        assert module.Memory().get("bad_starts") == 0, damaged


def test_a_restart_keeps_its_reason():
    module = power()
    module.restart(module.Memory(), "new settings")
    assert Machine.resets == 1
    assert module.Memory().get("reason") == "restart: new settings"


def test_the_watchdog_is_fed_until_a_loop_stops_that_has_begun():
    module = power()
    memory = module.Memory()
    beats, limits_s = {"measuring": 0, "serving": 50}, {"measuring": 60, "serving": 60, "uploading": 10}
    now = [60]
    said = []

    async def run():
        task = asyncio.create_task(module.guard(beats, limits_s, memory, lambda: now[0], said.append, 30))
        await asyncio.sleep(0.1)
        assert Machine.timeout_ms == 30000 and Machine.fed == 1 and memory.get("reason", "") == ""
        now[0] = 61
        await asyncio.sleep(1.1)
        task.cancel()

    asyncio.run(run())
    assert Machine.fed == 1
    assert module.Memory().get("reason") == "watchdog: measuring"
    assert said == ["No progress in measuring: the watchdog will restart Dewlog."]
