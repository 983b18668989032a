"""The flash chip's content on this computer: a littlefs in an image file."""

import json

from littlefs import LittleFS, LittleFSError, UserContext

BLOCK_BYTES = 4096
BLOCKS = 512
DISK_VERSION = 0x00020001
"""What MicroPython writes from 1.20 on; an older disk it moves up to this at the first write."""
AS_MICROPYTHON = {"disk_version": DISK_VERSION, "read_size": 32, "prog_size": 32, "cache_size": 128, "lookahead_size": 32}
"""The sizes that MicroPython's VfsLfs2 has. The cache's is vital: a file up to that size lies in its folder's block, and a computer with a
larger cache would put there what the board, whose cache is too small for it, reads wrongly."""


class Damaged(Exception):
    """The image holds no file system that can be mounted; its text is the sentence for the person at the keyboard."""


class FlashImage:
    """The files of the image at `path`, read into memory; save() writes them back in one go.

    Raises Damaged when an existing image cannot be mounted (it is left as it is). A missing one is made: empty and formatted.
    """

    def __init__(self, path):
        self._path = path
        is_new = not path.exists()
        content = bytearray(b"\xff" * BLOCKS * BLOCK_BYTES) if is_new else bytearray(path.read_bytes())
        if not content or len(content) % BLOCK_BYTES:
            raise Damaged(self._damage("its size is no multiple of %d bytes" % BLOCK_BYTES))
        self.blocks = len(content) // BLOCK_BYTES
        self._context = UserContext(buffer=content)
        self._as_it_was = None if is_new else bytes(content)
        shape = {"block_size": BLOCK_BYTES, "block_count": self.blocks}
        self._files = LittleFS(context=self._context, mount=False, **shape, **AS_MICROPYTHON)
        if is_new:
            self._files.format()
        try:
            self._files.mount()
        except LittleFSError as error:
            raise Damaged(self._damage("no littlefs can be mounted (%s)" % error))

    def read(self, name):
        """The content of a file, None when there is none."""
        try:
            with self._files.open(name, "rb") as file:
                return file.read()
        except (FileNotFoundError, LittleFSError):
            return None

    def names(self, folder="/"):
        """The names of all files below `folder`, such as "/a/app.mpy"."""
        found = []
        for where, _, files in self._files.walk(folder):
            found += [where.rstrip("/") + "/" + file for file in files]
        return sorted(found)

    def write(self, name, content):
        if self.read(name) == content:
            return
        folder = name.rpartition("/")[0]
        if folder:
            self._files.makedirs(folder, exist_ok=True)
        with self._files.open(name, "wb") as file:
            file.write(content)

    def remove(self, name):
        self._files.remove(name)

    def free_bytes(self):
        return (self.blocks - self._files.used_block_count) * BLOCK_BYTES

    def save(self):
        """Write the image when something changed."""
        content = bytes(self._context.buffer)
        if content == self._as_it_was:
            return
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(content)
        unfinished.replace(self._path)
        self._as_it_was = content

    def _damage(self, reason):
        return ("The flash image %s is damaged: %s. It was left as it is: put a good copy in its place, "
                "or start with --fresh, which erases settings and readings." % (self._path, reason))


def install(image, main, app, board):
    """Put the build into `image` as tools/deploy.py does: into the slot that is not in use when something differs, then switch.

    main: content of /main.py. app: {name in the slot: content}, or None for the one that is there. board: dict for /board.json.
    """
    slot = (image.read("/active") or b"").decode("ascii", "replace")[:1]
    if app is not None and (slot not in ("a", "b") or not _holds(image, slot, app)):
        slot = "b" if slot == "a" else "a"
        for name in image.names("/" + slot) if _has_folder(image, slot) else ():
            if name[len("/a/"):] not in app:
                image.remove(name)
        for name, content in app.items():
            image.write("/%s/%s" % (slot, name), content)
        image.write("/active", slot.encode())
    image.write("/main.py", main)
    image.write("/board.json", json.dumps(board).encode())


def _holds(image, slot, app):
    if not _has_folder(image, slot):
        return False
    names = {name[len("/a/"):] for name in image.names("/" + slot)}
    return names == set(app) and all(image.read("/%s/%s" % (slot, name)) == content for name, content in app.items())


def _has_folder(image, slot):
    return any(name.startswith("/%s/" % slot) for name in image.names())
