"""A folder for any web server: a page from which Chrome writes MicroPython and Dewlog to a board with ESP Web Tools."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import firmware

PACKAGE, VERSION = "esp-web-tools", "10.4.0"
SHA512 = ("de9c24785166e458fb510a3c4893582b9457aed342a6ae97f50a08e9b313e060"
          "595a0ac9aa39f462f33d8a11bbe01b4ca121585df983b647a1bb17b9d0f4cc3d")
"""Of the archive that npm brings; another VERSION has another one (`sha512sum`)."""
KEPT = firmware.FOLDER.parent / PACKAGE
PAGE = Path(__file__).with_name("installer")
SCRIPTS, LICENCE = "package/dist/web/", "package/LICENSE"
"""What of the archive a page needs: its ready-made modules, and the terms under which they are handed on."""
FETCH_TIMEOUT_S = 120
FAMILIES = {"esp32": "ESP32", "esp32s3": "ESP32-S3", "esp32c3": "ESP32-C3"}
"""What the manifest calls the chips of firmware.CHIPS."""


class InstallerProblem(Exception):
    """The folder cannot be made; its text is the sentence for the person at the keyboard."""


def write(folder, images, version):
    """Write page, manifest, images and ESP Web Tools into `folder`, which is made; files of the same names are replaced.

    images: {firmware.Chip: bytes of a whole flash}. version: what the page and the manifest call this one. Raises InstallerProblem.
    """
    files = {"%s/%s" % (PACKAGE, name): content for name, content in scripts(fetch()).items()}
    files.update({path.name: path.read_bytes() for path in PAGE.iterdir()})
    files.update({_image_name(chip): without_empty_end(image) for chip, image in images.items()})
    files["manifest.json"] = json.dumps(manifest(images, version), indent=2).encode() + b"\n"
    folder = Path(folder)
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as problem:
        raise InstallerProblem("%s cannot be written: %s." % (problem.filename or folder, problem.strerror)) from None


def manifest(chips, version):
    """Return the manifest for ESP Web Tools (https://esphome.github.io/esp-web-tools/) as a dict; paths are beside it, offsets in flash.

    It is not asked whether to erase: an image holds a whole filesystem. It does not wait for Improv, which the firmware does not speak.
    """
    builds = [{"chipFamily": FAMILIES[chip.name], "parts": [{"path": _image_name(chip), "offset": 0}]} for chip in chips]
    return {"name": "Dewlog", "version": version, "new_install_prompt_erase": False, "new_install_improv_wait_time": 0, "builds": builds}


def without_empty_end(image):
    """Return the image up to its last sector that is not erased: a chip has that many to write."""
    used = len(image.rstrip(b"\xff"))
    return image[: -(-used // firmware.SECTOR_BYTES) * firmware.SECTOR_BYTES]


def scripts(archive):
    """Return {name: bytes} of what a page needs out of the npm package's archive (bytes)."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for member in package:
            if member.isfile() and (member.name.startswith(SCRIPTS) or member.name == LICENCE):
                found[member.name.rpartition("/")[2]] = package.extractfile(member).read()
    return found


def fetch(folder=KEPT):
    """Return the archive of ESP Web Tools as bytes: the one in `folder`, else npm fetches it. Raises InstallerProblem."""
    name = "%s-%s.tgz" % (PACKAGE, VERSION)
    kept = folder / name
    if kept.is_file() and _is_right(kept.read_bytes()):
        return kept.read_bytes()
    npm = shutil.which("npm")
    if npm is None:
        raise InstallerProblem("ESP Web Tools is fetched by npm, which is not here: install Node.js with npm "
                               "(Debian, Ubuntu: apt-get install npm) and start again.")
    with tempfile.TemporaryDirectory() as place:
        command = [npm, "pack", "%s@%s" % (PACKAGE, VERSION), "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise InstallerProblem("npm does not get on with fetching %s: check the network connection and start again." % name) from None
        fetched = Path(place) / name
        if done.returncode or not fetched.is_file():
            raise InstallerProblem("npm cannot fetch %s (%s): check the network connection and start again." % (name, _reason(done.stderr)))
        archive = fetched.read_bytes()
    if not _is_right(archive):
        raise InstallerProblem("What npm fetched is not the %s that Dewlog was made with: its SHA-512 is another one." % name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(archive)
    except OSError as problem:
        raise InstallerProblem("%s cannot be kept in %s: %s." % (name, folder, problem.strerror)) from None
    return archive


def _is_right(archive):
    return hashlib.sha512(archive).hexdigest() == SHA512


def _reason(said):
    """The first line of what npm complains of."""
    lines = [line.removeprefix("npm error").removeprefix("npm ERR!").strip() for line in said.splitlines()]
    return next(filter(None, lines), "it gives no reason").rstrip(".")


def _image_name(chip):
    return "dewlog-%s.bin" % chip.name
