"""asyncio and timeouts at the virtual speed."""

PATIENCE_S = 2.0
"""Real seconds that a time limit on another program is left at least: that program does not run faster."""

_speed = 1


def begin(speed):
    """Make asyncio's sleeps and limits follow `speed`; its own ticks stay real."""
    global _speed
    _speed = speed
    if speed != 1:
        _scale_asyncio()


def timeout_s(seconds):
    """Real seconds for a limit of `seconds` virtual ones."""
    return None if seconds is None else max(seconds / _speed, min(seconds, PATIENCE_S))


def deadline_s(seconds):
    """The same limit in virtual seconds, for those who measure it with `time.ticks_ms`."""
    return None if seconds is None else timeout_s(seconds) * _speed


def _scale_asyncio():
    import asyncio
    import asyncio.core
    import asyncio.funcs

    core, funcs = asyncio.core, asyncio.funcs
    real_sleep_ms = core.sleep_ms
    real_wait_for = funcs.wait_for

    def sleep_ms(milliseconds):
        return real_sleep_ms(int(milliseconds / _speed + 0.999) if milliseconds > 0 else milliseconds)

    def real_sleep(seconds):
        return real_sleep_ms(int(seconds * 1000))

    def wait_for(awaitable, seconds, *_):
        return real_wait_for(awaitable, timeout_s(seconds), real_sleep)

    def wait_for_ms(awaitable, milliseconds):
        return wait_for(awaitable, milliseconds / 1000)

    core.sleep_ms = asyncio.sleep_ms = sleep_ms
    funcs.wait_for = asyncio.wait_for = wait_for
    funcs.wait_for_ms = asyncio.wait_for_ms = wait_for_ms
