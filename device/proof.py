"""What a trial does at one moment only: the steps that send nothing, and the verdict. `trial` is a trial.Trial."""


def is_joined(trial):
    """Whether the station is, by the settings it had before, where it is to be: no other network has come to the first place."""
    device, before, ssid, password = trial.device, trial.device.settings, trial.settings["ssid"], trial.settings["password"]
    if device.mode != "station" or not device.wifi.connected() or trial.settings["static"] != before["static"]:
        return False
    is_known = (ssid, password) in before["networks"] and device.wifi.ssid == ssid
    return is_known or (ssid, password) == (before["ssid"], before["password"])


def wire(device, settings):
    """Measure at the pin that `settings`, a dict or None, name from now on; for what the board does not offer, such as 0, at its own."""
    sensor, pin = device.sensor, settings["pin"] if settings else 0
    sensor.pin = type(sensor.pin)(pin if pin in device.board.SENSOR_PINS else device.board.SENSOR_PIN)
    device.thermometer.values = ()


async def fresh(thermometer, kind):
    """A Reading measured after this call by a sensor of `kind`, or "sensor_silent", "sensor_checksum" or "sensor_other_type"."""
    from core.reading import decode

    code = "sensor_silent"
    for _ in range(3):
        await thermometer.changed.wait()
        value = decode(thermometer.frame, kind)
        if isinstance(value, tuple):
            return thermometer.stamped(value)
        code = value or code
    return code


async def prove(trial, name, step):
    """The steps "sensor", "wifi" and "address": None when it works, otherwise a code."""
    wifi, settings = trial.device.wifi, trial.settings
    if name == "sensor":
        from core.text import shown

        trial.told["ssid"] = shown(settings["ssid"])
        wire(trial.device, settings)
        trial.reading = reading = await fresh(trial.device.thermometer, settings["sensor"])
        if isinstance(reading, str):
            return reading
        step["detail"] = "%.1f °C, %.1f %%" % reading[3:5]
    elif name == "wifi":
        if not is_joined(trial):
            for step["detail"] in ("", "again"):
                code = await wifi.join(dict(settings, networks=[]))
                if code not in ("wrong_password", "not_found", "weak_signal"):  # a busy router answers like that once in a while
                    break
            step["detail"] = ""
            if code not in ("joined", "no_address"):
                return code
        rssi_dbm = wifi.rssi_dbm()
        if rssi_dbm:
            step["detail"] = "%d dBm" % rssi_dbm
    else:
        trial.told["address"] = address = wifi.address()
        if not address:
            return "no_address"
        step["detail"] = address
    return None


def told_by_reply(status, body, failure):
    """What a reply to the trial's update proves: (None or the code of what is wrong, what else there is to say, the channel or None)."""
    from core.thingspeak import verdict

    outcome, entry_id, channel_id = verdict(status, body)
    code = failure or outcome
    if code not in ("key_refused", "quota", "memory", "certificate"):
        code = {"accepted": None, "too_fast": "thingspeak_busy", "conflict": "thingspeak_busy"}.get(code, "thingspeak_error")
    return code, str(entry_id or status or ("" if code == failure else failure)), channel_id


def fail(trial, step, code):
    """What was not tried is skipped, and the radio comes to rest or returns to the old network."""
    told, wifi = trial.told, trial.device.wifi
    step["state"] = told["state"] = "failed"
    for other in told["steps"]:
        if other["state"] == "waiting":
            other["state"] = "skipped"
    fields = {"not_found": "ssid", "wrong_password": "password", "password_not_wanted": "password", "key_refused": "api_key"}
    fields["sensor_other_type"] = "sensor"
    wire(trial.device, trial.device.settings)
    was_left = not is_joined(trial)
    if was_left and trial.settings["static"] and code == "no_internet":
        fields[code] = "static"
        told["address"] = None  # so it cannot be kept: nobody could reach it to mend it
    told["error"] = {"step": step["name"], "code": code, "field": fields.get(code)}
    trial.device.log("New settings: %s failed: %s %s" % (step["name"], code, step["detail"]))
    if was_left:
        wifi.disconnect()
    wifi.held = False


def commit(trial):
    """Returns whether flash took them."""
    device, told = trial.device, trial.told
    if told["channel_id"]:
        trial.settings = dict(trial.settings, channel_id=told["channel_id"])
    try:
        device.save_settings(trial.settings)
    except OSError:
        step = told["steps"][4]
        step["detail"] = ""
        fail(trial, step, "flash_full")
        return False
    wire(device, trial.settings)
    device.draft = None
    told["state"] = "done"
    told["error"] = None
    device.log("New settings are stored")
    device.wifi.held = device.mode == "setup"
    if device.wifi.held:
        trial.restart_at_s = device.clock.uptime_s() + 120  # time for a phone that lost the hotspot to come back and see it
    return True
