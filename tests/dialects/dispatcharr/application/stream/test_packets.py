from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.stream.packets import FILLER, PACKET, Aligner
from provider_of_streams import packets


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(st.binary(max_size=187).filter(lambda b: 0x47 not in b), st.lists(st.integers(1, 400)))
def test_hands_on_whole_packets_however_they_come(lead: bytes, sizes: list[int]) -> None:
    stream = packets(0, 12)
    aligner = Aligner()
    out = [aligner.feed(piece) for piece in cut(lead + stream, sizes)]
    assert b"".join(out) == stream
    assert all(len(piece) % PACKET == 0 for piece in out)
    assert aligner.is_transport_stream is True


def test_keeps_a_begun_packet_back() -> None:
    aligner = Aligner()
    assert aligner.feed(packets(0, 4)[:-1]) == packets(0, 3)
    assert aligner.rest() == b""


def test_passes_on_what_is_no_transport_stream() -> None:
    aligner = Aligner()
    page = b"<html>" * 3000
    assert aligner.feed(page) == page
    assert aligner.is_transport_stream is False
    assert aligner.feed(b"more") == b"more"


def test_gives_back_something_too_short_to_tell() -> None:
    aligner = Aligner()
    assert aligner.feed(b"short") == b""
    assert aligner.rest() == b"short"
    assert aligner.rest() == b""


def test_finds_the_packets_again_after_lost_bytes() -> None:
    aligner = Aligner()
    assert aligner.feed(packets(0, 5)) == packets(0, 5)
    assert aligner.feed(b"\x00" * 50 + packets(9, 4)) == packets(9, 4)


def test_a_lost_sync_that_never_returns_is_not_kept_without_bound() -> None:
    aligner = Aligner()
    aligner.feed(packets(0, 5))
    for _ in range(50):
        assert aligner.feed(b"\x00" * 10_000) == b""
    assert len(aligner._held) < PACKET * 4


def test_the_filler_is_null_packets() -> None:
    assert len(FILLER) % PACKET == 0
    for at in range(0, len(FILLER), PACKET):
        assert FILLER[at] == 0x47
        assert (FILLER[at + 1] & 0x1F) << 8 | FILLER[at + 2] == 0x1FFF
