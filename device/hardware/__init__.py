"""The edge: the only importers of machine, network, dht, socket, urequests, _thread and os."""
