"""The hotspot's own door: a port that is open while the hotspot is, and whose visitors are phones on it."""

import socket
import struct
import threading

CHUNK_BYTES = 16384
FIRST_PHONE = 2
"""The last number of a phone's address; 1 is the device."""
PATIENCE_S = 5
RESET = struct.pack("ii", 1, 0)


class HotspotDoor:
    """Takes visitors at `address` and brings them to the device at `device` (both host and port).

    The device sees them come from this computer: `phones` tells by their port which phone they are, {port: last number of its address}.
    A visitor whose own address ends in n (127.0.0.n on this computer) is phone n.
    """

    def __init__(self, address, device, say):
        self._address, self._device, self._say = address, device, say
        self._server = None
        self._open = set()
        self.phones = {}

    def look(self, is_up):
        """Open the door when the hotspot has come up, shut it and drop everybody when it is gone."""
        if is_up and not self._server:
            try:
                self._server = socket.create_server(self._address)
            except OSError as problem:
                self._say("Port %d cannot be used (%s): the hotspot has no door of its own." % (self._address[1], problem.strerror))
                self._server = socket.socket()
                return
            threading.Thread(target=self._serve, args=(self._server,), daemon=True, name="hotspot door").start()
        elif not is_up and self._server:
            self.stop()

    def stop(self):
        if self._server:
            _shut(self._server)
            self._server = None
        for connection in list(self._open):
            _shut(connection)

    def _serve(self, server):
        while True:
            try:
                visitor, (address, _) = server.accept()
            except OSError:
                return
            threading.Thread(target=self._bring, args=(visitor, address), daemon=True, name="phone").start()

    def _bring(self, visitor, address):
        inner = socket.socket()
        self._open |= {visitor, inner}
        try:
            inner.bind((self._device[0], 0))
            self.phones[inner.getsockname()[1]] = phone(address)
            inner.settimeout(PATIENCE_S)
            inner.connect(self._device)
            inner.settimeout(None)
            back = threading.Thread(target=_pump, args=(inner, visitor), daemon=True, name="to phone")
            back.start()
            _pump(visitor, inner)
            back.join()
        except OSError:
            _reset(visitor)
        finally:
            for connection in (visitor, inner):
                self._open.discard(connection)
                connection.close()


def phone(address):
    """The last number of the address on the hotspot of a visitor who comes from `address`."""
    return max(FIRST_PHONE, int(address.rpartition(".")[2]) % 255)


def _pump(source, target):
    """Hand on what comes until `source` ends; what breaks here breaks there."""
    try:
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        _reset(source)
        _reset(target)


def _reset(connection):
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass  # it is gone already


def _shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
