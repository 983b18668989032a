"""The addresses a person goes to: the device's pages, and the channel's."""


def base_url(host, port):
    """The device's front page: "http://192.168.4.1/"."""
    return "http://%s/" % host if port == 80 else "http://%s:%d/" % (host, port)


def links(address, hostname, channel_id, port):
    """Where the readings are to be found, each None while it is unknown."""
    return {
        "address_url": base_url(address, port) if address else None,
        "hostname_url": base_url(hostname, port) if address else None,
        "channel_url": "https://thingspeak.com/channels/%d" % channel_id if channel_id else None,
    }
