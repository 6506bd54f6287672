"""Functions of ``math`` where Go's result is not Python's: special cases, and last digits.

Python raises where IEEE 754 has an infinity or NaN; :func:`quiet` undoes that. Go computes
trigonometric and hyperbolic functions, powers, gamma and cube roots by classic methods (Cephes,
Hart and Cheney, FreeBSD's msun) whose last digit may differ from the C library's, so the same
methods are used here.

Source: tengo spec 17.3 and the documentation of Go's ``math`` package.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

INF: Final = math.inf
NAN: Final = math.nan
MAX_INT32: Final = (1 << 31) - 1
MIN_INT32: Final = -1 << 31

_LOG2_E: Final = 1.44269504088896340735992468100189214
_LOG10_2: Final = 0.30102999566398119521373889472449302677

# Beyond this the reduction below loses digits, and the C library's does not.
_REDUCIBLE: Final = float(1 << 29)


def horner(x: float, coefficients: tuple[float, ...]) -> float:
    """The polynomial with these coefficients, that of the highest power first."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def quiet(work: Callable[[float], float], at_pole: float = NAN) -> Callable[[float], float]:
    """``work`` without exceptions: overflow is infinite, a wrong argument NaN.

    :param at_pole: the value where ``work`` complains of a zero (``log(0)``).
    """

    def call(x: float) -> float:
        try:
            return work(x)
        except OverflowError:
            return INF
        except ValueError:
            return at_pole if x == 0 else NAN

    return call


exp = quiet(math.exp)
log = quiet(math.log, -INF)
expm1 = quiet(math.expm1)
sqrt = quiet(math.sqrt)


def exp2(x: float) -> float:
    """Two to the power of ``x``."""
    try:
        return math.exp2(x)
    except OverflowError:
        return INF


def log1p(x: float) -> float:
    """``log(1 + x)``; -1 gives minus infinity."""
    return -INF if x == -1 else math.log1p(x) if x > -1 or x != x else NAN


def log2(x: float) -> float:
    """Exact for powers of two."""
    if not 0 < x < INF:
        return log(x)
    fraction, exponent = math.frexp(x)
    if fraction == 0.5:
        return float(exponent - 1)
    return math.log(fraction) * _LOG2_E + float(exponent)


def log10(x: float) -> float:
    """By way of the binary logarithm, as Go does."""
    return log2(x) * _LOG10_2


# --- trigonometry (Cephes) -----------------------------------------------------------------------

_PI4_PARTS: Final = (
    7.85398125648498535156e-1,
    3.77489470793079817668e-8,
    2.69515142907905952645e-15,
)
_SIN: Final = (
    1.58962301576546568060e-10,
    -2.50507477628578072866e-8,
    2.75573136213857245213e-6,
    -1.98412698295895385996e-4,
    8.33333333332211858878e-3,
    -1.66666666666666307295e-1,
)
_COS: Final = (
    -1.13585365213876817300e-11,
    2.08757008419747316778e-9,
    -2.75573141792967388112e-7,
    2.48015872888517045348e-5,
    -1.38888888888730564116e-3,
    4.16666666666665929218e-2,
)
_TAN_P: Final = (-1.30936939181383777646e4, 1.15351664838587416140e6, -1.79565251976484877988e7)
_TAN_Q: Final = (
    1.0,
    1.36812963470692954678e4,
    -1.32089234440210967447e6,
    2.50083801823357915839e7,
    -5.38695755929454629881e7,
)


def _octant(x: float) -> tuple[int, float]:
    """The even octant that a non-negative angle lies in or next to, and what is left of it."""
    octant = int(x * (4 / math.pi))
    octant += octant & 1
    whole = float(octant)
    a, b, c = _PI4_PARTS
    return octant & 7, ((x - whole * a) - whole * b) - whole * c


def _sine_series(z: float) -> float:
    zz = z * z
    return z + z * zz * horner(zz, _SIN)


def _cosine_series(z: float) -> float:
    zz = z * z
    return 1.0 - 0.5 * zz + zz * zz * horner(zz, _COS)


def sin(x: float) -> float:
    """Sine of radians."""
    if x == 0 or not math.isfinite(x):
        return x if x == 0 else NAN
    if abs(x) >= _REDUCIBLE:
        return math.sin(x)
    octant, z = _octant(abs(x))
    value = _cosine_series(z) if octant in (2, 6) else _sine_series(z)
    return -value if (octant > 3) != (x < 0) else value


def cos(x: float) -> float:
    """Cosine of radians."""
    if not math.isfinite(x):
        return NAN
    if abs(x) >= _REDUCIBLE:
        return math.cos(x)
    octant, z = _octant(abs(x))
    value = _sine_series(z) if octant in (2, 6) else _cosine_series(z)
    return -value if octant in (2, 4) else value


def tan(x: float) -> float:
    """Tangent of radians."""
    if x == 0 or not math.isfinite(x):
        return x if x == 0 else NAN
    if abs(x) >= _REDUCIBLE:
        return math.tan(x)
    octant, z = _octant(abs(x))
    zz = z * z
    value = z
    if zz > 1e-14:
        value = z + z * (zz * horner(zz, _TAN_P) / horner(zz, _TAN_Q))
    if octant & 2:
        value = -1 / value
    return -value if x < 0 else value


_ATAN_P: Final = (
    -8.750608600031904122785e-01,
    -1.615753718733365076637e01,
    -7.500855792314704667340e01,
    -1.228866684490136173410e02,
    -6.485021904942025371773e01,
)
_ATAN_Q: Final = (
    1.0,
    2.485846490142306297962e01,
    1.650270098316988542046e02,
    4.328810604912902668951e02,
    4.853903996359136964868e02,
    1.945506571482613964425e02,
)
_TAN_3PI8: Final = 2.41421356237309504880
_PI2_REST: Final = 6.123233995736765886130e-17  # pi/2 minus its nearest float


def _atan_series(x: float) -> float:
    z = x * x
    z = z * horner(z, _ATAN_P) / horner(z, _ATAN_Q)
    return x * z + x


def _atan_positive(x: float) -> float:
    if x <= 0.66:
        return _atan_series(x)
    if x > _TAN_3PI8:
        return math.pi / 2 - _atan_series(1 / x) + _PI2_REST
    return math.pi / 4 + _atan_series((x - 1) / (x + 1)) + 0.5 * _PI2_REST


def atan(x: float) -> float:
    """Arc tangent, -pi/2 to pi/2."""
    if x == 0 or x != x:
        return x
    return _atan_positive(x) if x > 0 else -_atan_positive(-x)


def asin(x: float) -> float:
    """Arc sine; NaN outside -1 to 1."""
    if x == 0 or x != x:
        return x
    size = abs(x)
    if size > 1:
        return NAN
    other = math.sqrt(1 - size * size)
    if size > 0.7:
        value = math.pi / 2 - _atan_positive(other / size)
    else:
        value = _atan_positive(size / other)
    return -value if x < 0 else value


def acos(x: float) -> float:
    """Arc cosine; NaN outside -1 to 1."""
    return math.pi / 2 - asin(x)


def atan2(y: float, x: float) -> float:
    """The angle of the point (x, y)."""
    if x == 0 or y == 0 or not (math.isfinite(x) and math.isfinite(y)):
        return math.atan2(y, x)
    angle = atan(y / x)
    if x < 0:
        return angle + math.pi if angle <= 0 else angle - math.pi
    return angle


# --- hyperbolic functions ------------------------------------------------------------------------

_SINH_P: Final = (
    -0.2630563213397497062819489e2,
    -0.2894211355989563807284660366e4,
    -0.8991272022039509355398013511e5,
    -0.6307673640497716991184787251e6,
)
_SINH_Q: Final = (
    1.0,
    -0.173678953558233699533450911e3,
    0.1521517378790019070696485176e5,
    -0.6307673640497716991212077277e6,
)
_TANH_P: Final = (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
_TANH_Q: Final = (
    1.0,
    1.12811678491632931402e2,
    2.23548839060100448583e3,
    4.84406305325125486048e3,
)
_NEARLY_ZERO: Final = 1.0 / (1 << 28)
_LARGE: Final = float(1 << 28)
_LN2: Final = math.log(2)


def sinh(x: float) -> float:
    """Hyperbolic sine."""
    size = -x if x < 0 else x  # not abs: -0 stays
    if size > 21:
        value = exp(size) / 2
    elif size > 0.5:
        value = (exp(size) - exp(-size)) / 2
    else:
        square = size * size
        value = horner(square, _SINH_P) * size / horner(square, _SINH_Q)
    return -value if x < 0 else value


def cosh(x: float) -> float:
    """Hyperbolic cosine."""
    size = abs(x)
    return exp(size) / 2 if size > 21 else (exp(size) + exp(-size)) / 2


def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    size = abs(x)
    if size > 44.014845965556527:
        return math.copysign(1.0, x)
    if size >= 0.625:
        return math.copysign(1 - 2 / (exp(2 * size) + 1), x)
    if x == 0 or x != x:
        return x
    square = x * x
    return x + x * square * horner(square, _TANH_P) / horner(square, _TANH_Q)


def asinh(x: float) -> float:
    """Inverse hyperbolic sine."""
    if not math.isfinite(x):
        return x
    size = abs(x)
    if size > _LARGE:
        value = math.log(size) + _LN2
    elif size > 2:
        value = math.log(2 * size + 1 / (math.sqrt(size * size + 1) + size))
    elif size < _NEARLY_ZERO:
        value = size
    else:
        value = math.log1p(size + size * size / (1 + math.sqrt(1 + size * size)))
    return math.copysign(value, x)


def acosh(x: float) -> float:
    """Inverse hyperbolic cosine; NaN below 1."""
    if not x >= 1:
        return NAN
    if x >= _LARGE:
        return math.log(x) + _LN2
    if x > 2:
        return math.log(2 * x - 1 / (x + math.sqrt(x * x - 1)))
    rest = x - 1
    return math.log1p(rest + math.sqrt(2 * rest + rest * rest))


def atanh(x: float) -> float:
    """Inverse hyperbolic tangent; infinite at 1, NaN beyond."""
    size = abs(x)
    if not size < 1:
        return math.copysign(INF, x) if size == 1 else NAN
    if size < _NEARLY_ZERO:
        value = size
    elif size < 0.5:
        value = size + size
        value = 0.5 * math.log1p(value + value * size / (1 - size))
    else:
        value = 0.5 * math.log1p((size + size) / (1 - size))
    return math.copysign(value, x)


# --- powers and roots ----------------------------------------------------------------------------


def _small_power(x: float, count: int) -> float:
    """``x`` to a whole power up to 128, multiplied in Go's order."""
    value = 1.0
    while count > 1:
        square, step = x, 1
        while step <= count // 2:
            square *= square
            step *= 2
        count -= step
        value *= square
    return value * x if count else value


def _special_power(x: float, y: float) -> float | None:
    """What ``pow`` is by rule (IEEE 754-2008, 9.2.1) and not by computing."""
    if y == 0 or x == 1:
        return 1.0
    if x != x or y != y:
        return NAN
    if x == 0 or math.isinf(x) or math.isinf(y):
        if x == 0 and y < 0:
            odd = math.isfinite(y) and math.fmod(y, 2) != 0 and y == int(y)
            return math.copysign(INF, x) if odd else INF
        return math.pow(x, y)
    return None


def pow(x: float, y: float) -> float:  # noqa: A001 (its name in Tengo)
    """``x`` to the power of ``y``."""
    special = _special_power(x, y)
    if special is not None:
        return special
    if y in (0.5, -0.5):
        return sqrt(x) if y > 0 else 1 / sqrt(x)
    if -128 <= y <= 127 and y == int(y):
        value = _small_power(x, abs(int(y)))
        if y > 0:
            return value
        return 1 / value if value else math.copysign(INF, value)
    fraction, whole = math.modf(abs(y))
    if fraction and x < 0:
        return NAN
    if whole >= 2.0**63:
        return 1.0 if x == -1 else 0.0 if (abs(x) < 1) == (y > 0) else INF
    mantissa, exponent = 1.0, 0
    if fraction:
        if fraction > 0.5:
            fraction -= 1
            whole += 1
        mantissa = math.exp(fraction * math.log(x))
    part, shift = math.frexp(x)
    bits = int(whole)
    while bits:
        if not -4096 <= shift <= 4096:
            exponent += shift
            break
        if bits & 1:
            mantissa *= part
            exponent += shift
        part *= part
        shift <<= 1
        if part < 0.5:
            part += part
            shift -= 1
        bits >>= 1
    if y < 0:
        mantissa, exponent = 1 / mantissa, -exponent
    return ldexp(mantissa, exponent)


def pow10(power: int) -> float:
    """Ten to a whole power, the nearest float."""
    if power < -323:
        return 0.0
    return float(f"1e{power}") if power <= 308 else INF


def ldexp(x: float, power: int) -> float:
    """``x`` times two to a whole power."""
    try:
        return math.ldexp(x, max(-100_000, min(100_000, power)))
    except OverflowError:
        return math.copysign(INF, x)


def _float_of(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


def _bits_of(value: float) -> int:
    bits: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return bits


def cbrt(x: float) -> float:
    """Cube root (FreeBSD's method: a guess from the bits, a rational step, a Newton step)."""
    if x == 0 or not math.isfinite(x):
        return x
    size = abs(x)
    if size < 2.0**-1022:
        guess = _float_of(_bits_of(size * 2.0**54) // 3 + (696_219_795 << 32))
    else:
        guess = _float_of(_bits_of(size) // 3 + (715_094_163 << 32))
    ratio = guess * guess / size
    step = 5.42857142857142815906e-01 + ratio * guess
    guess *= 3.57142857142857150787e-01 + 1.60714285714285720630e00 / (
        step + 1.41428571428571436819e00 + -7.05306122448979611050e-01 / step
    )
    guess = _float_of((_bits_of(guess) & 0xFFFFFFFFC << 28) + (1 << 30))
    rest = size / (guess * guess)
    rest = (rest - guess) / (guess + guess + rest)
    return math.copysign(guess + guess * rest, x)


def hypot(x: float, y: float) -> float:
    """``sqrt(x*x + y*y)`` without overflow on the way."""
    if math.isinf(x) or math.isinf(y):
        return INF
    if x != x or y != y:
        return NAN
    x, y = abs(x), abs(y)
    if x < y:
        x, y = y, x
    if x == 0:
        return 0.0
    y /= x
    return x * math.sqrt(1 + y * y)


# --- gamma (Cephes) ------------------------------------------------------------------------------

_GAMMA_P: Final = (
    1.60119522476751861407e-04,
    1.19135147006586384913e-03,
    1.04213797561761569935e-02,
    4.76367800457137231464e-02,
    2.07448227648435975150e-01,
    4.94214826801497100753e-01,
    9.99999999999999996796e-01,
)
_GAMMA_Q: Final = (
    -2.31581873324120129819e-05,
    5.39605580493303397842e-04,
    -4.45641913851797240494e-03,
    1.18139785222060435552e-02,
    3.58236398605498653373e-02,
    -2.34591795718243348568e-01,
    7.14304917030273074085e-02,
    1.00000000000000000320e00,
)
_STIRLING: Final = (
    7.87311395793093628397e-04,
    -2.29549961613378126380e-04,
    -2.68132617805781232825e-03,
    3.47222221605458667310e-03,
    8.33333333333482257126e-02,
)
_EULER: Final = 0.57721566490153286060651209008240243104215933593992


def _stirling(x: float) -> tuple[float, float]:
    """Stirling's formula above 33, as two factors whose product may overflow."""
    if x > 200:
        return INF, 1.0
    inverse = 1 / x
    series = 1 + inverse * horner(inverse, _STIRLING)
    first, second = exp(x), 1.0
    if x > 143.01608:
        value = pow(x, 0.5 * x - 0.25)
        first, second = value, value / first
    else:
        first = pow(x, x - 0.5) / first
    return first, 2.506628274631000502417 * series * second


def gamma(x: float) -> float:
    """The gamma function; infinite at zero, NaN at negative integers."""
    if x != x or x == -INF or (x < 0 and x == math.floor(x)):
        return NAN
    if x == INF or x == 0:
        return math.copysign(INF, x)
    size = abs(x)
    if size > 33:
        if x > 0:
            first, second = _stirling(x)
            return first * second
        return _reflected_gamma(size)
    product = 1.0
    while x >= 3:
        x -= 1
        product *= x
    while x < 2:
        if -1e-9 < x < 1e-9:
            return INF if x == 0 else product / ((1 + _EULER * x) * x)
        product /= x
        x += 1
    if x == 2:
        return product
    x -= 2
    return product * horner(x, _GAMMA_P) / horner(x, _GAMMA_Q)


def _reflected_gamma(size: float) -> float:
    whole = math.floor(size)
    sign = -1.0 if whole % 2 == 0 else 1.0
    rest = size - whole
    if rest > 0.5:
        rest = size - (whole + 1)
    rest = size * sin(math.pi * rest)
    if rest == 0:
        return math.copysign(INF, sign)
    first, second = _stirling(size)
    product = abs(rest) * first * second
    if math.isinf(product):
        return sign * (math.pi / abs(rest) / first / second)
    return sign * (math.pi / product)


# --- parts and comparisons -----------------------------------------------------------------------


def _rounded(work: Callable[[float], int]) -> Callable[[float], float]:
    def call(x: float) -> float:
        if x == 0 or not math.isfinite(x):
            return x
        return math.copysign(float(work(x)), x)  # the sign matters where the result is zero

    return call


floor = _rounded(math.floor)
ceil = _rounded(math.ceil)
trunc = _rounded(math.trunc)


def ilogb(x: float) -> int:
    """The binary exponent."""
    if x == 0:
        return MIN_INT32
    return math.frexp(x)[1] - 1 if math.isfinite(x) else MAX_INT32


def logb(x: float) -> float:
    """The binary exponent as a float; minus infinity at zero."""
    if x == 0:
        return -INF
    return float(ilogb(x)) if math.isfinite(x) else abs(x)


def dim(x: float, y: float) -> float:
    """``x - y``, or zero if that is less."""
    difference = x - y
    return 0.0 if difference <= 0 else difference


def maximum(x: float, y: float) -> float:
    """The greater; infinity beats NaN, NaN beats numbers, 0 beats -0."""
    if INF in (x, y):
        return INF
    if x != x or y != y:
        return NAN
    if x == 0 and y == 0:
        return y if math.copysign(1, x) < 0 else x
    return max(y, x)


def minimum(x: float, y: float) -> float:
    """The less; minus infinity beats NaN, NaN beats numbers, -0 beats 0."""
    if -INF in (x, y):
        return -INF
    if x != x or y != y:
        return NAN
    if x == 0 and y == 0:
        return x if math.copysign(1, x) < 0 else y
    return min(y, x)


def mod(x: float, y: float) -> float:
    """The remainder with the sign of ``x``."""
    return NAN if y == 0 or math.isinf(x) or x != x or y != y else math.fmod(x, y)


def remainder(x: float, y: float) -> float:
    """The IEEE 754 remainder, to the nearest multiple."""
    return NAN if y == 0 or math.isinf(x) or x != x or y != y else math.remainder(x, y)


def signbit(x: float) -> bool:
    """Whether the sign is minus, also of -0."""
    return math.copysign(1.0, x) < 0


def infinity(sign: int) -> float:
    """Plus infinity for 0 and more, minus infinity below."""
    return INF if sign >= 0 else -INF


def is_inf(x: float, sign: int) -> bool:
    """Whether ``x`` is infinite: plus if ``sign`` > 0, minus if < 0, either if 0."""
    return (sign >= 0 and x == INF) or (sign <= 0 and x == -INF)
