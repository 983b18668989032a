"""Background: one slow function at a time in a thread of its own, awaited like a coroutine."""

import _thread
import asyncio

STACK_BYTES = 10 * 1024
"""Enough for a verified TLS handshake on the ESP32, where 6 kB was seen to do."""


class Background:
    """Runs blocking functions while asyncio keeps serving pages.

    What runs in the thread may block as long as it likes, but must touch nothing that the rest of the app changes meanwhile: no file, no
    shared list. Hand whole objects in and take one whole object out.
    """

    def __init__(self, stack_bytes=STACK_BYTES):
        self._stack_bytes = stack_bytes
        self._taken = False
        self._done = asyncio.ThreadSafeFlag()
        self._running = False
        self._result = self._failure = None

    async def run(self, function, *arguments):
        """Return what `function(*arguments)` returns, or raise what it raises; OSError when there is no memory for a thread.

        Other callers wait for their turn. A caller that is cancelled stops waiting, but its function runs to its end all the same.
        """
        while self._taken:  # asyncio.Lock would take half a kilobyte
            await asyncio.sleep(0.02)
        self._taken = True
        try:
            await self._settled()
            self._running = True
            try:
                _thread.stack_size(self._stack_bytes)
                _thread.start_new_thread(self._work, (function, arguments))
            except Exception:
                self._running = False
                raise
            await self._settled()
            result, failure = self._result, self._failure
            self._result = self._failure = None
            if failure:
                raise failure
            return result
        finally:
            self._taken = False

    def busy(self):
        """Whether a function is running."""
        return self._running

    async def _settled(self):
        # The flag may still be up from a call whose caller was cancelled: only `_running` tells.
        while self._running:
            await self._done.wait()

    def _work(self, function, arguments):
        result = failure = None
        try:
            result = function(*arguments)
        except Exception as error:
            failure = error
        finally:
            self._result, self._failure = result, failure
            self._running = False
            self._done.set()
