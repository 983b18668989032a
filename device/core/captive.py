"""The captive portal: what a phone on the hotspot asks of other hosts, and the answer that opens the page."""

_NOISE = (
    "wpad",  # proxy discovery
    "autodiscover",  # mail programs
    "update",  # Windows, Chrome, Firefox, Android, Kindle
    "ocsp",
    "crl.",  # certificates
    "mesu.apple",
    "gvt1.com",
    "favicon.ico",
    "apple-app-site",
    "msdownload",
    "delivery.mp",
)


def is_noise(host, path):
    """Whether a request to a foreign host is of the kind that no person waits for."""
    asked = (host + path).lower()
    return any(word in asked for word in _NOISE)


def redirect_body(url):
    """iOS and Android want a body under the redirect, longer than a few bytes."""
    return '<!doctype html><title>Dewlog</title><a href="%s">Set up Dewlog</a>' % url
