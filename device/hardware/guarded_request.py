"""One urequests call with a guard in the place of its sockets. Loaded on demand."""

import errno
import sys
import tls

import urequests

VERIFICATION_FAILED = -0x2700  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED


def _keep_framing(line, headers):
    name, _, value = str(line, "utf-8").partition(":")
    if name.lower() in ("content-length", "transfer-encoding"):
        headers[name.lower()] = value.strip()


def perform(guard, request, deadline_s):
    """Blocks. Returns (status, body, failure) as the uploader does; the `Date` of any reply is in `guard.date`."""
    method, url, headers, body = request
    requests = sys.modules.get("requests", urequests)  # urequests is its alias; the code looks for `socket` in its own module
    real_socket, real_tls = requests.socket, tls
    requests.socket = sys.modules["tls"] = guard
    try:
        response = requests.request(
            method, url, data=body, headers=dict(headers, Connection="close"), timeout=deadline_s, parse_headers=_keep_framing
        )
        return response.status_code, b"" if method == "HEAD" else response.content, ""
    except OSError as error:
        return 0, b"", _word(error.errno)
    except MemoryError:
        return 0, b"", "memory"
    except (ValueError, TypeError, RuntimeError):  # UnicodeError is a ValueError, NotImplementedError a RuntimeError
        return 0, b"", guard.refusal or "reply"
    finally:
        requests.socket, sys.modules["tls"] = real_socket, real_tls
        guard.close()


def _word(number):
    if number == VERIFICATION_FAILED:
        return "certificate"
    return {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "no_network"}.get(number, "connection")
