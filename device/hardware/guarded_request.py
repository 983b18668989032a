"""One urequests call with a guard in the place of its sockets. Loaded on demand."""

import errno
import sys
import tls

import urequests

VERIFICATION_FAILED = -0x2700  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED
ALLOCATION_FAILED = (0x1180, 0x2880, 0x3400, 0x3F80, 0x4D80, 0x5180, 0x6180, 0x7F00)
"""mbedTLS' *_ALLOC_FAILED of PEM, X509, DHM, PK, ECP, MD, CIPHER and SSL. Of big numbers and ASN.1 it stands in the lowest seven bits."""
STARVED_BYTES = 14 * 1024
"""With so little of ESP-IDF's heap left while a session is open, what went wrong in it is put down to memory: it holds 28.7 kB, the
handshake takes 34.8 at its lowest (measured on ESP32 firmware 1.26.1, RSA chain)."""


def _keep_framing(line, headers):
    name, _, value = str(line, "utf-8").partition(":")
    if name.lower() in ("content-length", "transfer-encoding"):
        headers[name.lower()] = value.strip()


def perform(guard, request, deadline_s):
    """Blocks. Returns (status, body, failure) as the uploader does; the `Date` of any reply is in `guard.date`."""
    method, url, headers, body = request
    request_with = urequests.request  # an alias on the board: it loads `requests` when something of it is asked for
    requests = sys.modules.get("requests", urequests)  # whose code looks for `socket` in its own module
    real_socket, real_tls = requests.socket, tls
    requests.socket = sys.modules["tls"] = guard
    try:
        response = request_with(
            method, url, data=body, headers=dict(headers, Connection="close"), timeout=deadline_s, parse_headers=_keep_framing
        )
        return response.status_code, b"" if method == "HEAD" else response.content, ""
    # UnicodeError is a ValueError, NotImplementedError a RuntimeError
    except (OSError, MemoryError, ValueError, TypeError, RuntimeError) as error:
        return 0, b"", failure(guard, error)
    finally:
        requests.socket, sys.modules["tls"] = real_socket, real_tls
        guard.close()


def failure(guard, error):
    """The uploader's word for what the request raised, before the guard is closed."""
    number = isinstance(error, OSError) and error.errno or 0
    unallocated = number < -255 and (-number & 0x7F80 in ALLOCATION_FAILED or -number & 0x7F in (0x10, 0x6A))
    starved = guard.in_tls and (number or guard.refusal == "certificate") and (guard.idf_free() or STARVED_BYTES) < STARVED_BYTES
    if number == errno.ENOMEM or unallocated or starved:
        guard.tls_broken = guard.in_tls
        return "memory"
    if isinstance(error, MemoryError):
        return "memory"
    if number == VERIFICATION_FAILED:
        return "certificate"
    if not number:
        return guard.refusal or "reply"
    return {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "no_network"}.get(number, "connection")
