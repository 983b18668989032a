"""TLS in which the simulated authority stands for the root certificate that the firmware ships."""

import errno
import hashlib
import tls as _tls

import time

from micropython import const

from stand_ins import gc, link

_YEAR_OF_CERTIFICATES = const(2024)

_trust = None
"""(SHA-256 of the shipped root, function that reads the simulated authority's certificate), filled in at boot."""


def begin(shipped_digest, read_authority):
    """Take the root certificate to replace; None replaces nothing."""
    global _trust
    _trust = (shipped_digest, read_authority)


class SSLContext:
    """As the real one; like mbedTLS on the board it fails short of memory, and refuses every verified server while the clock is unset."""

    def __init__(self, protocol):
        self._context = _tls.SSLContext(protocol)

    @property
    def verify_mode(self):
        return self._context.verify_mode

    @verify_mode.setter
    def verify_mode(self, mode):
        self._context.verify_mode = mode

    def load_verify_locations(self, certificates):
        if _trust[0] and hashlib.sha256(certificates).digest() == _trust[0]:
            certificates = _trust[1]()
        self._context.load_verify_locations(certificates)

    def wrap_socket(self, sock, **options):
        if self._context.verify_mode == _tls.CERT_REQUIRED and time.gmtime()[0] < _YEAR_OF_CERTIFICATES:
            raise ValueError("The certificate validity starts in the future")
        native = getattr(sock, "native", sock)
        number = native.fileno()
        outcome = link.ask("tls", number, gc.live())
        if outcome == "panic":
            link.halt()
        if outcome == "timeout":
            raise OSError(errno.ETIMEDOUT)
        try:
            return self._context.wrap_socket(native, **options)
        finally:
            link.tell("tls_settled", number)


def __getattr__(name):
    return getattr(_tls, name)
