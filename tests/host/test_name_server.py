"""The name server on its socket: asked by dnslib and dig, and thrown any bytes at all."""

import random
import socket
import subprocess

import dnslib
import micropython_process
import pytest
import system_programs

ADDRESS = "127.0.0.1"
RANDOM_PACKETS = 2000


@pytest.fixture(scope="module")
def port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        free = probe.getsockname()[1]
    process = micropython_process.start("answer_names.py", ADDRESS, free)
    yield free
    assert process.poll() is None, "it was still running at the end"
    micropython_process.stop(process)


def ask(port, packet, timeout_s=60.0):
    """The reply to `packet`, asked again each second as a phone does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        for _ in range(int(timeout_s)):
            client.sendto(packet, (ADDRESS, port))
            try:
                return client.recv(2048)
            except OSError:
                continue
    raise AssertionError("no answer")


def asked(port, name, kind):
    return dnslib.DNSRecord.parse(ask(port, dnslib.DNSRecord.question(name, kind).pack()))


@pytest.mark.parametrize("name", ["connectivitycheck.gstatic.com", "captive.apple.com", "a", "x" * 63 + "." + "y" * 63, "dewlog.local"])
def test_every_name_is_the_hotspot(port, name):
    reply = asked(port, name, "A")
    assert reply.header.qr == 1 and dnslib.RCODE[reply.header.rcode] == "NOERROR"
    assert [(str(answer.rdata), answer.ttl) for answer in reply.rr] == [(ADDRESS, 0)]
    assert str(reply.rr[0].rname) == name + "."


@pytest.mark.parametrize("kind", ["AAAA", "HTTPS", "SVCB", "TXT", "PTR", "SRV", "MX", "NS", "SOA"])
def test_other_questions_get_an_empty_answer_at_once(port, kind):
    reply = asked(port, "www.example.com", kind)
    assert dnslib.RCODE[reply.header.rcode] == "NOERROR" and reply.rr == []
    assert dnslib.QTYPE[reply.q.qtype] == kind


def test_a_question_with_edns_is_understood(port):
    question = dnslib.DNSRecord.question("example.com")
    question.add_ar(dnslib.EDNS0(flags="do", udp_len=1232))
    reply = dnslib.DNSRecord.parse(ask(port, question.pack()))
    assert str(reply.rr[0].rdata) == ADDRESS


@pytest.fixture
def dig():
    """The command. Where it is missing the test is skipped, in continuous integration it fails."""
    reason = system_programs.missing("dig")
    if reason and system_programs.in_ci():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return "dig"


@pytest.mark.parametrize("options, expected", [(("A",), ADDRESS), (("AAAA",), ""), (("HTTPS",), ""), (("A", "+dnssec"), ADDRESS)])
def test_dig_is_content(dig, port, options, expected):
    command = [dig, "@" + ADDRESS, "-p", str(port), "+tries=3", "+time=2", "captive.apple.com", *options]
    said = subprocess.run(command, capture_output=True, text=True)
    assert "status: NOERROR" in said.stdout and "WARNING: Message parser" not in said.stdout
    short = subprocess.run([*command, "+short"], capture_output=True, text=True).stdout.strip()
    assert short == expected


def test_any_bytes_at_all_leave_it_answering(port):
    seed = random.Random(53)
    good = dnslib.DNSRecord.question("www.example.com").pack()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for number in range(RANDOM_PACKETS):
            if number % 2:
                packet = bytearray(good)
                for _ in range(seed.randrange(1, 6)):
                    packet[seed.randrange(len(packet))] = seed.randrange(256)
                packet = packet[: seed.randrange(len(packet) + 1)]
            else:
                packet = seed.randbytes(seed.choice((0, 1, 11, 12, 17, 64, 512, 1400)))
            client.sendto(packet, (ADDRESS, port))
    assert str(asked(port, "after.the.storm", "A").rr[0].rdata) == ADDRESS


def test_a_client_that_is_gone_does_not_stop_it(port):
    packet = dnslib.DNSRecord.question("example.com").pack()
    for _ in range(20):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(packet, (ADDRESS, port))
    assert str(asked(port, "example.com", "A").rr[0].rdata) == ADDRESS
