"""The name server's answer: the hotspot for every name, and silence for nonsense."""

from hardware.hotspot import answer

ADDRESS = "192.168.4.1"


def query(name=b"\x03www\x07example\x03com\x00", kind=1, flags=b"\x01\x00", class_=1, counts=b"\0\1\0\0\0\0\0\0", tail=b""):
    return b"\x12\x34" + flags + counts + name + bytes((kind >> 8, kind & 255, class_ >> 8, class_ & 255)) + tail


def test_an_a_question_gets_the_address_with_ttl_0():
    reply = answer(query(), ADDRESS)
    assert reply[:2] == b"\x12\x34"
    assert reply[2] & 0x80 and reply[2] & 1 and reply[3] & 15 == 0
    assert reply[4:12] == b"\0\1\0\1\0\0\0\0"
    assert reply.endswith(b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + bytes((192, 168, 4, 1)))


def test_other_questions_get_an_empty_noerror():
    for kind in (28, 65, 16, 6, 2, 0x0101):
        reply = answer(query(kind=kind), ADDRESS)
        assert reply[3] & 15 == 0 and reply[4:12] == b"\0\1\0\0\0\0\0\0"
        assert reply[12:] == query(kind=kind)[12:]


def test_additional_records_of_the_asker_are_ignored():
    edns = b"\0\0\x29\x10\0\0\0\0\0\0\0"
    reply = answer(query(counts=b"\0\1\0\0\0\0\0\1", tail=edns), ADDRESS)
    assert reply[4:12] == b"\0\1\0\1\0\0\0\0" and reply[-4:] == bytes((192, 168, 4, 1))


def test_what_is_no_question_gets_no_answer():
    good = query()
    cases = (
        b"",
        b"\0",
        good[:11],
        good[:-1],
        query(flags=b"\x81\x80"),  # a response
        query(flags=b"\x28\x00"),  # an update
        query(counts=b"\0\0\0\0\0\0\0\0"),
        query(counts=b"\0\2\0\0\0\0\0\0"),
        query(name=b"\x3fwww"),  # a label that ends after the packet
        query(name=b"\xc0\x0c"),  # a name that points at itself
        query(name=b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\x3f" + b"c" * 63 + b"\x3f" + b"d" * 63 + b"\0"),
        good + b"x" * 512,
        b"\xff" * 40,
    )
    for packet in cases:
        assert answer(packet, ADDRESS) is None, packet


def test_no_cut_of_a_question_breaks_it():
    good = query()
    for end in range(len(good)):
        assert answer(good[:end], ADDRESS) is None


def test_any_byte_may_be_anything():
    good = query()
    for index in range(len(good)):
        for byte in (0, 1, 63, 64, 127, 192, 255):
            packet = bytearray(good)
            packet[index] = byte
            reply = answer(bytes(packet), ADDRESS)
            assert reply is None or reply[:2] == packet[:2]
