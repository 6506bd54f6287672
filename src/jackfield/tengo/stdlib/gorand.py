"""Go's ``math/rand``: the same seed gives the same numbers, bit for bit.

The source is an additive lagged Fibonacci generator, ``x[n] = x[n-607] + x[n-273]``. Its seeding
mixes a small generator's output with one fixed state: the one that it reaches 7.8e12 steps
after a start from seed 1. That state is not stored here but computed once, on first use, by
raising ``t`` to the number of steps modulo the recurrence's polynomial. The tables of the
two ziggurats (Marsaglia and Tsang, 2000) are computed from the densities likewise.

Source: tengo spec 17.4.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from jackfield.tengo.stdlib.strconv import float32

_LENGTH = 607
_TAP = 273
_MASK63 = (1 << 63) - 1
_MASK64 = (1 << 64) - 1
_WARM_UP = 7_800_000_000_000
_MODULUS = (1 << 31) - 1
_FALLBACK_SEED = 89_482_311


def _small_generator(seed: int, skip: int) -> list[int]:
    """``607 * 3`` outputs of a Lehmer generator, after ``skip`` of them."""
    seed %= _MODULUS
    state = seed or _FALLBACK_SEED
    out = []
    for index in range(skip + _LENGTH * 3):
        state = state * 48_271 % _MODULUS
        if index >= skip:
            out.append(state)
    return out


def _jump(steps: int) -> list[int]:
    """Coefficients (mod 2**64) of ``t**steps`` modulo ``t**607 - t**334 - 1``.

    Polynomials are multiplied as one big integer each, one coefficient every 160 bits.
    """
    width = 160

    def reduce(packed: int) -> int:
        data = packed.to_bytes(2 * _LENGTH * (width // 8), "little")
        size = width // 8
        terms = [
            int.from_bytes(data[i * size : i * size + size], "little") for i in range(2 * _LENGTH)
        ]
        for power in range(2 * _LENGTH - 1, _LENGTH - 1, -1):
            term = terms[power]
            terms[power - _LENGTH] += term
            terms[power - _TAP] += term
        return int.from_bytes(
            b"".join((t & _MASK64).to_bytes(size, "little") for t in terms[:_LENGTH]), "little"
        )

    result = 1
    for bit in f"{steps:b}":
        result = reduce(result * result)
        if bit == "1":
            result = reduce(result << width)
    return [result >> i * width & _MASK64 for i in range(_LENGTH)]


@lru_cache(maxsize=1)
def _cooked() -> tuple[int, ...]:
    """The fixed state that seeding mixes in."""
    small = _small_generator(1, 20)
    # Go fills its register backwards: the newest number of the sequence is at index 0.
    register = [
        small[3 * i] << 20 ^ small[3 * i + 1] << 10 ^ small[3 * i + 2] for i in range(_LENGTH)
    ]
    feed = _LENGTH - _TAP
    sequence = [register[(feed - 1 - i) % _LENGTH] for i in range(_LENGTH)]
    coefficients = _jump(_WARM_UP)
    after = []
    window = list(sequence)
    for _ in range(_LENGTH):
        after.append(sum(map(int.__mul__, coefficients, window)) & _MASK64)
        window.append((window[0] + window[_LENGTH - _TAP]) & _MASK64)
        del window[0]
    position = _WARM_UP % _LENGTH
    state = [0] * _LENGTH
    for i in range(_LENGTH):
        state[(feed - 1 - position - i) % _LENGTH] = after[i]
    return tuple(state)


class _Ziggurat(NamedTuple):
    thresholds: tuple[int, ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]


@lru_cache(maxsize=1)
def _exponential() -> _Ziggurat:
    scale, edge, area = 2.0**32, 7.69711747013104972, 3.949659822581572e-3
    thresholds, widths, heights = [0] * 256, [0.0] * 256, [0.0] * 256
    base = area / math.exp(-edge)
    thresholds[0], widths[0], heights[0] = int(edge / base * scale), base / scale, 1.0
    widths[255], heights[255] = edge / scale, math.exp(-edge)
    here, previous = edge, edge
    for index in range(254, 0, -1):
        here = -math.log(area / here + math.exp(-here))
        thresholds[index + 1] = int(here / previous * scale)
        previous = here
        heights[index], widths[index] = math.exp(-here), here / scale
    return _Ziggurat(tuple(thresholds), tuple(map(float32, widths)), tuple(map(float32, heights)))


@lru_cache(maxsize=1)
def _normal() -> _Ziggurat:
    scale, edge, area = 2.0**31, 3.442619855899, 9.91256303526217e-3
    thresholds, widths, heights = [0] * 128, [0.0] * 128, [0.0] * 128
    base = area / math.exp(-0.5 * edge * edge)
    thresholds[0], widths[0], heights[0] = int(edge / base * scale), base / scale, 1.0
    widths[127], heights[127] = edge / scale, math.exp(-0.5 * edge * edge)
    here, previous = edge, edge
    for index in range(126, 0, -1):
        here = math.sqrt(-2.0 * math.log(area / here + math.exp(-0.5 * here * here)))
        thresholds[index + 1] = int(here / previous * scale)
        previous = here
        heights[index], widths[index] = math.exp(-0.5 * here * here), here / scale
    return _Ziggurat(tuple(thresholds), tuple(map(float32, widths)), tuple(map(float32, heights)))


class Rand:
    """One stream of numbers. Not thread-safe."""

    def __init__(self, seed: int) -> None:
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the stream that belongs to ``seed`` (any integer)."""
        # Go takes the remainder with the sign of the seed, then adds the modulus to a negative.
        small = _small_generator(seed, 20)
        self._register = [
            (small[3 * i] << 40 ^ small[3 * i + 1] << 20 ^ small[3 * i + 2] ^ cooked) & _MASK64
            for i, cooked in enumerate(_cooked())
        ]
        self._tap = 0
        self._feed = _LENGTH - _TAP
        self._left = 0  # bytes of the last number that `read` has not given out yet
        self._held = 0

    def int63(self) -> int:
        """0 to 2**63 - 1."""
        register = self._register
        self._tap = tap = (self._tap or _LENGTH) - 1
        self._feed = feed = (self._feed or _LENGTH) - 1
        register[feed] = number = (register[feed] + register[tap]) & _MASK64
        return number & _MASK63

    def int63n(self, bound: int) -> int:
        """0 to ``bound - 1``. Raises ``ValueError`` where Go panics."""
        if bound <= 0:
            raise ValueError("invalid argument to Int63n")
        if bound & bound - 1 == 0:
            return self.int63() & bound - 1
        most = _MASK63 - (1 << 63) % bound
        number = self.int63()
        while number > most:
            number = self.int63()
        return number % bound

    def _int31n(self, bound: int) -> int:
        if bound & bound - 1 == 0:
            return self.int63() >> 32 & bound - 1
        most = (1 << 31) - 1 - (1 << 31) % bound
        number = self.int63() >> 32
        while number > most:
            number = self.int63() >> 32
        return number % bound

    def float64(self) -> float:
        """0 <= number < 1."""
        while True:
            number = float(self.int63()) / (1 << 63)
            if number != 1:
                return number

    def exp_float64(self) -> float:
        """Exponentially distributed with rate 1."""
        table = _exponential()
        while True:
            number = self.int63() >> 31
            index = number & 0xFF
            value = float(number) * table.widths[index]
            if number < table.thresholds[index]:
                return value
            if index == 0:
                return 7.69711747013104972 - math.log(self.float64())
            if self._under(table, index, math.exp(-value)):
                return value

    def norm_float64(self) -> float:
        """Normally distributed with mean 0 and deviation 1."""
        table, edge = _normal(), 3.442619855899
        while True:
            number = self.int63() >> 31
            if number >= 1 << 31:
                number -= 1 << 32
            index = number & 0x7F
            value = float(number) * table.widths[index]
            if abs(number) < table.thresholds[index]:
                return value
            if index == 0:
                while True:
                    value = -math.log(self.float64()) * (1.0 / edge)
                    other = -math.log(self.float64())
                    if other + other >= value * value:
                        break
                return edge + value if number > 0 else -edge - value
            if self._under(table, index, math.exp(-0.5 * value * value)):
                return value

    def _under(self, table: _Ziggurat, index: int, density: float) -> bool:
        """Whether a random height in the strip lies under the curve; in 32-bit floats, as Go."""
        low, high = table.heights[index], table.heights[index - 1]
        span = float32(float32(self.float64()) * float32(high - low))
        return float32(low + span) < float32(density)

    def perm(self, count: int) -> list[int]:
        """The integers 0 to ``count - 1`` in random order."""
        order: list[int] = []
        for index in range(count):
            other = self._int31n(index + 1)
            order.append(order[other] if other < index else index)
            order[other] = index
        return order

    def read(self, count: int) -> bytes:
        """``count`` random bytes; what is left of a number serves the next call."""
        out = bytearray()
        for _ in range(count):
            if not self._left:
                self._held, self._left = self.int63(), 7
            out.append(self._held & 0xFF)
            self._held >>= 8
            self._left -= 1
        return bytes(out)
