"""Cutting an MPEG transport stream at its packets.

Players that join, and sources that change below them, must meet at a packet's edge: a half packet
makes decoders resynchronise, visibly. What is not a transport stream passes through as it is.
Source: ISO/IEC 13818-1, 2.4.3.2: packets of 188 bytes, the first of which is 0x47.
"""

from __future__ import annotations

PACKET = 188
SYNC = 0x47
_PROBE = 3
"""So many sync bytes at the right distance say that it is a transport stream."""
_GIVE_UP = PACKET * 64

FILLER = (bytes([SYNC, 0x1F, 0xFF, 0x10]) + b"\xff" * 184) * 7
"""Null packets (PID 0x1FFF), which players discard: they keep a connection alive while a source is
being replaced. Seven of them fill a usual datagram."""


class Aligner:
    """Hands on whole packets of one source and keeps the begun one back.

    ``is_transport_stream`` is ``None`` until enough was seen to tell.
    """

    def __init__(self) -> None:
        self._held = b""
        self.is_transport_stream: bool | None = None

    def feed(self, data: bytes) -> bytes:
        """*data* with what was held back before it, up to the last whole packet."""
        if self.is_transport_stream is False:
            return data
        data = self._held + data if self._held else data
        self._held = b""
        start = 0
        if self.is_transport_stream is None:
            found = _first_packet(data)
            if found is None:
                if len(data) < _GIVE_UP:
                    self._held = data
                    return b""
                self.is_transport_stream = False
                return data
            start, self.is_transport_stream = found, True
        elif data and data[0] != SYNC:
            # Sync was lost on the way: what lies between is of no use to anybody.
            found = _first_packet(data)
            if found is None:
                self._held = data[-PACKET * _PROBE :]
                return b""
            start = found
        end = start + (len(data) - start) // PACKET * PACKET
        self._held = data[end:]
        return data[start:end]

    def rest(self) -> bytes:
        """What is held back of something too short to tell; nothing of a transport stream."""
        held, self._held = self._held, b""
        return b"" if self.is_transport_stream else held


def _first_packet(data: bytes) -> int | None:
    """Where the first packet starts, ``None`` when too little or no transport stream is there."""
    span = PACKET * (_PROBE - 1)
    start = data.find(SYNC)
    while start != -1 and start + span < len(data):
        if all(data[start + PACKET * n] == SYNC for n in range(1, _PROBE)):
            return start
        start = data.find(SYNC, start + 1)
    return None
