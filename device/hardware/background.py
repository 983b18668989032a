"""Background: one slow function at a time in a thread of its own, awaited like a coroutine."""

import _thread
import asyncio


class Background:
    """Runs blocking functions while asyncio keeps serving pages.

    What runs in the thread may block as long as it likes, but must touch nothing that the rest of the app changes meanwhile: no file, no
    shared list. Hand whole objects in and take one whole object out.
    """

    def __init__(self, stack_bytes=10 * 1024):  # enough for a verified TLS handshake on the ESP32, where 6 kB was seen to do
        self.stack_bytes = stack_bytes
        self._outcome = [None]  # [what the last call returned or raised], empty while it runs

    def busy(self):
        """Whether a function is running."""
        return not self._outcome

    async def run(self, function, *arguments):
        """Return what `function(*arguments)` returns, or raise what it raises; OSError when there is no memory for a thread.

        Other callers wait for their turn. A caller that is cancelled stops waiting, but its function runs to its end all the same.
        """
        while self.busy():
            await asyncio.sleep_ms(20)
        outcome = []
        _thread.stack_size(self.stack_bytes)
        _thread.start_new_thread(_work, (function, arguments, outcome))
        self._outcome = outcome
        while not outcome:
            await asyncio.sleep_ms(20)
        result, outcome[0] = outcome[0], None
        if isinstance(result, Exception):
            raise result
        return result


def _work(function, arguments, outcome):
    try:
        outcome.append(function(*arguments))
    except Exception as error:
        outcome.append(error)
