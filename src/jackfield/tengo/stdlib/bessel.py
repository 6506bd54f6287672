"""Bessel functions of the first and second kind, orders 0, 1 and n.

By FreeBSD's method, as Go's ``math.J0`` and its kin compute them: a rational function below 2,
above it the asymptotic form with one rational function for the modulus and one for the phase in
each of four intervals, and recurrences for higher orders.

Source: tengo spec 17.3; the coefficients are those of msun's ``e_j0.c`` and ``e_j1.c``.
"""

from __future__ import annotations

import math
from typing import Final

from jackfield.tengo.stdlib.gomath import INF, NAN, cos, horner, log, sin

_Table = tuple[tuple[float, tuple[float, ...], tuple[float, ...]], ...]
"""From where on (x), numerator and denominator; powers of 1/x**2, lowest first."""

_MODULUS_0: Final[_Table] = (
    (8.0,
     (0.0, -7.03124999999900357484e-02, -8.08167041275349795626e00, -2.57063105679704847262e02,
      -2.48521641009428822144e03, -5.25304380490729545272e03),
     (1.0, 1.16534364619668181717e02, 3.83374475364121826715e03, 4.05978572648472545552e04,
      1.16752972564375915681e05, 4.76277284146730962675e04)),
    (4.5454,
     (-1.14125464691894502584e-11, -7.03124940873599280078e-02, -4.15961064470587782438e00,
      -6.76747652265167261021e01, -3.31231299649172967747e02, -3.46433388365604912451e02),
     (1.0, 6.07539382692300335975e01, 1.05125230595704579173e03, 5.97897094333855784498e03,
      9.62544514357774460223e03, 2.40605815922939109441e03)),
    (2.8571,
     (-2.54704601771951915620e-09, -7.03119616381481654654e-02, -2.40903221549529611423e00,
      -2.19659774734883086467e01, -5.80791704701737572236e01, -3.14479470594888503854e01),
     (1.0, 3.58560338055209726349e01, 3.61513983050303863820e02, 1.19360783792111533330e03,
      1.12799679856907414432e03, 1.73580930813335754692e02)),
    (2.0,
     (-8.87534333032526411254e-08, -7.03030995483624743247e-02, -1.45073846780952986357e00,
      -7.63569613823527770791e00, -1.11931668860356747786e01, -3.23364579351335335033e00),
     (1.0, 2.22202997532088808441e01, 1.36206794218215208048e02, 2.70470278658083486789e02,
      1.53875394208320329881e02, 1.46576176948256193810e01)),
)  # fmt: skip
_PHASE_0: Final[_Table] = (
    (8.0,
     (0.0, 7.32421874999935051953e-02, 1.17682064682252693899e01, 5.57673380256401856059e02,
      8.85919720756468632317e03, 3.70146267776887834771e04),
     (1.0, 1.63776026895689824414e02, 8.09834494656449805916e03, 1.42538291419120476348e05,
      8.03309257119514397345e05, 8.40501579819060512818e05, -3.43899293537866615225e05)),
    (4.5454,
     (1.84085963594515531381e-11, 7.32421766612684765896e-02, 5.83563508962056953777e00,
      1.35111577286449829671e02, 1.02724376596164097464e03, 1.98997785864605384631e03),
     (1.0, 8.27766102236537761883e01, 2.07781416421392987104e03, 1.88472887785718085070e04,
      5.67511122894947329769e04, 3.59767538425114471465e04, -5.35434275601944773371e03)),
    (2.8571,
     (4.37741014089738620906e-09, 7.32411180042911447163e-02, 3.34423137516170720929e00,
      4.26218440745412650017e01, 1.70808091340565596283e02, 1.66733948696651168575e02),
     (1.0, 4.87588729724587182091e01, 7.09689221056606015736e02, 3.70414822620111362994e03,
      6.46042516752568917582e03, 2.51633368920368957333e03, -1.49247451836156386662e02)),
    (2.0,
     (1.50444444886983272379e-07, 7.32234265963079278272e-02, 1.99819174093815998816e00,
      1.44956029347885735348e01, 3.16662317504781540833e01, 1.62527075710929267416e01),
     (1.0, 3.03655848355219184498e01, 2.69348118608049844624e02, 8.44783757595320139444e02,
      8.82935845112488550512e02, 2.12666388511798828631e02, -5.31095493882666946917e00)),
)  # fmt: skip
_MODULUS_1: Final[_Table] = (
    (8.0,
     (0.0, 1.17187499999988647970e-01, 1.32394806593073575129e01, 4.12051854307378562225e02,
      3.87474538913960532227e03, 7.91447954031891731574e03),
     (1.0, 1.14207370375678408436e02, 3.65093083420853463394e03, 3.69562060269033463555e04,
      9.76027935934950801311e04, 3.08042720627888811578e04)),
    (4.5454,
     (1.31990519556243522749e-11, 1.17187493190614097638e-01, 6.80275127868432871736e00,
      1.08308182990189109773e02, 5.17636139533199752805e02, 5.28715201363337541807e02),
     (1.0, 5.92805987221131331921e01, 9.91401418733614377743e02, 5.35326695291487976647e03,
      7.84469031749551231769e03, 1.50404688810361062679e03)),
    (2.8571,
     (3.02503916137373618024e-09, 1.17186865567253592491e-01, 3.93297750033315640650e00,
      3.51194035591636932736e01, 9.10550110750781271918e01, 4.85590685197364919645e01),
     (1.0, 3.47913095001251519989e01, 3.36762458747825746741e02, 1.04687139975775130551e03,
      8.90811346398256432622e02, 1.03787932439639277504e02)),
    (2.0,
     (1.07710830106873743082e-07, 1.17176219462683348094e-01, 2.36851496667608785174e00,
      1.22426109148261232917e01, 1.76939711271687727390e01, 5.07352312588818499250e00),
     (1.0, 2.14364859363821409488e01, 1.25290227168402751090e02, 2.32276469057162813669e02,
      1.17679373287147100768e02, 8.36463893371618283368e00)),
)  # fmt: skip
_PHASE_1: Final[_Table] = (
    (8.0,
     (0.0, -1.02539062499992714161e-01, -1.62717534544589987888e01, -7.59601722513950107896e02,
      -1.18498066702429587167e04, -4.84385124285750353010e04),
     (1.0, 1.61395369700722909556e02, 7.82538599923348465381e03, 1.33875336287249578163e05,
      7.19657723683240939863e05, 6.66601232617776375264e05, -2.94490264303834643215e05)),
    (4.5454,
     (-2.08979931141764104297e-11, -1.02539050241375426231e-01, -8.05644828123936029840e00,
      -1.83669607474888380239e02, -1.37319376065508163265e03, -2.61244440453215656817e03),
     (1.0, 8.12765501384335777857e01, 1.99179873460485964642e03, 1.74684851924908907677e04,
      4.98514270910352279316e04, 2.79480751638918118260e04, -4.71918354795128470869e03)),
    (2.8571,
     (-5.07831226461766561369e-09, -1.02537829820837089745e-01, -4.61011581139473403113e00,
      -5.78472216562783643212e01, -2.28244540737631695038e02, -2.19210128478909325622e02),
     (1.0, 4.76651550323729509273e01, 6.73865112676699709482e02, 3.38015286679526343505e03,
      5.54772909720722782367e03, 1.90311919338810798763e03, -1.35201191444307340817e02)),
    (2.0,
     (-1.78381727510958865572e-07, -1.02517042607985553460e-01, -2.75220568278187460720e00,
      -1.96636162643703720221e01, -4.23253133372830490089e01, -2.13719211703704061733e01),
     (1.0, 2.95333629060523854548e01, 2.52981549982190529136e02, 7.57502834868645436472e02,
      7.39393205320467245656e02, 1.55949003336666123687e02, -4.95949898822628210127e00)),
)  # fmt: skip

_J0_R: Final = (
    1.56249999999999947958e-02,
    -1.89979294238854721751e-04,
    1.82954049532700665670e-06,
    -4.61832688532103189199e-09,
)
_J0_S: Final = (
    1.0,
    1.56191029464890010492e-02,
    1.16926784663337450260e-04,
    5.13546550207318111446e-07,
    1.16614003333790000205e-09,
)
_Y0_U: Final = (
    -7.38042951086872317523e-02,
    1.76666452509181115538e-01,
    -1.38185671945596898896e-02,
    3.47453432093683650238e-04,
    -3.81407053724364161125e-06,
    1.95590137035022920206e-08,
    -3.98205194132103398453e-11,
)
_Y0_V: Final = (
    1.0,
    1.27304834834123699328e-02,
    7.60068627350353253702e-05,
    2.59150851840457805467e-07,
    4.41110311332675467403e-10,
)
_J1_R: Final = (
    -6.25000000000000000000e-02,
    1.40705666955189706048e-03,
    -1.59955631084035597520e-05,
    4.96727999609584448412e-08,
)
_J1_S: Final = (
    1.0,
    1.91537599538363460805e-02,
    1.85946785588630915560e-04,
    1.17718464042623683263e-06,
    5.04636257076217042715e-09,
    1.23542274426137913908e-11,
)
_Y1_U: Final = (
    -1.96057090646238940668e-01,
    5.04438716639811282616e-02,
    -1.91256895875763547298e-03,
    2.35252600561610495928e-05,
    -9.19099158039878874504e-08,
)
_Y1_V: Final = (
    1.0,
    1.99167318236649903973e-02,
    2.02552581025135171496e-04,
    1.35608801097516229404e-06,
    6.22741452364621501295e-09,
    1.66559246207992079114e-11,
)

_INVERSE_SQRT_PI: Final = 1 / math.sqrt(math.pi)
_TWO_OVER_PI: Final = 2 / math.pi
_HUGE: Final = 2.0**129  # modulus and phase no longer matter
_HUGER: Final = 2.0**302


def _poly(x: float, coefficients: tuple[float, ...]) -> float:
    return horner(x, coefficients[::-1])


def _rational(x: float, table: _Table) -> float:
    z = 1 / (x * x)
    _, numerator, denominator = next(row for row in table if x >= row[0])
    return _poly(z, numerator) / _poly(z, denominator)


def _waves(x: float, order: int) -> tuple[float, float]:
    """Multiples of the cosine and the sine of the asymptotic phase, without cancellation."""
    s, c = sin(x), cos(x)
    if order == 0:
        cosine, sine = s + c, s - c
        product, double = s * c, -cos(x + x) if x < 8.9e307 else NAN
        first = product < 0
    else:
        cosine, sine = s - c, -s - c
        product, double = s * c, cos(x + x) if x < 8.9e307 else NAN
        first = product > 0
    if double == double:
        if first:
            cosine = double / sine
        else:
            sine = double / cosine
    return cosine, sine


def _asymptotic(x: float, order: int, second_kind: bool) -> float:
    cosine, sine = _waves(x, order)
    if x > _HUGE:
        wave = sine if second_kind else cosine
        return _INVERSE_SQRT_PI * wave / math.sqrt(x)
    if order == 0:
        modulus = 1 + _rational(x, _MODULUS_0)
        phase = (-0.125 + _rational(x, _PHASE_0)) / x
    else:
        modulus = 1 + _rational(x, _MODULUS_1)
        phase = (0.375 + _rational(x, _PHASE_1)) / x
    if second_kind:
        wave = modulus * sine + phase * cosine
    else:
        wave = modulus * cosine - phase * sine
    return _INVERSE_SQRT_PI * wave / math.sqrt(x)


def j0(x: float) -> float:
    """First kind, order 0."""
    if x != x or math.isinf(x):
        return x if x != x else 0.0
    x = abs(x)
    if x >= 2:
        return _asymptotic(x, 0, second_kind=False)
    if x < 2.0**-13:
        return 1.0 if x < 2.0**-27 else 1 - 0.25 * x * x
    z = x * x
    ratio = z * _poly(z, _J0_R) / _poly(z, _J0_S)
    if x < 1:
        return 1 + z * (-0.25 + ratio)
    half = 0.5 * x
    return (1 + half) * (1 - half) + z * ratio


def y0(x: float) -> float:
    """Second kind, order 0; NaN below zero."""
    if x < 0 or x != x:
        return NAN
    if x == 0 or x == INF:
        return -INF if x == 0 else 0.0
    if x >= 2:
        return _asymptotic(x, 0, second_kind=True)
    if x <= 2.0**-27:
        return _Y0_U[0] + _TWO_OVER_PI * log(x)
    z = x * x
    return _poly(z, _Y0_U) / _poly(z, _Y0_V) + _TWO_OVER_PI * j0(x) * log(x)


def j1(x: float) -> float:
    """First kind, order 1."""
    if x != x or math.isinf(x) or x == 0:
        return x if x != x else 0.0
    size = abs(x)
    if size >= 2:
        value = _asymptotic(size, 1, second_kind=False)
        return -value if x < 0 else value
    if size < 2.0**-27:
        return 0.5 * x
    z = size * size
    ratio = z * _poly(z, _J1_R) * size
    value = 0.5 * size + ratio / _poly(z, _J1_S)
    return -value if x < 0 else value


def y1(x: float) -> float:
    """Second kind, order 1; NaN below zero."""
    if x < 0 or x != x:
        return NAN
    if x == 0 or x == INF:
        return -INF if x == 0 else 0.0
    if x >= 2:
        return _asymptotic(x, 1, second_kind=True)
    if x <= 2.0**-54:
        return -_TWO_OVER_PI / x
    z = x * x
    return x * (_poly(z, _Y1_U) / _poly(z, _Y1_V)) + _TWO_OVER_PI * (j1(x) * log(x) - 1 / x)


def jn(order: int, x: float) -> float:
    """First kind, any order."""
    if x != x or math.isinf(x):
        return x if x != x else 0.0
    if order == 0:
        return j0(x)
    if x == 0:
        return 0.0
    if order < 0:
        order, x = -order, -x
    if order == 1:
        return j1(x)
    negative = x < 0 and order % 2 == 1
    x = abs(x)
    value = _jn_upward(order, x) if order <= x else _jn_downward(order, x)
    return -value if negative else value


def _jn_upward(order: int, x: float) -> float:
    if x >= _HUGER:
        s, c = sin(x), cos(x)
        wave = (c + s, -c + s, -c - s, c - s)[order % 4]
        return _INVERSE_SQRT_PI * wave / math.sqrt(x)
    before, value = j0(x), j1(x)
    for k in range(1, order):
        before, value = value, value * (float(k + k) / x) - before
    return value


def _jn_downward(order: int, x: float) -> float:
    if x < 2.0**-29:  # the first term of the series
        if order > 33:
            return 0.0
        half = x * 0.5
        value, factorial = half, 1.0
        for k in range(2, order + 1):
            factorial *= float(k)
            value *= half
        return value / factorial
    # A continued fraction for J(n)/J(n-1), then down to J(0), which is known.
    step = 2 / x
    previous = float(order + order) / x
    factor = previous + step
    current = previous * factor - 1
    terms = 1
    while current < 1e9:
        terms += 1
        factor += step
        previous, current = current, factor * current - previous
    ratio = 0.0
    for k in range(2 * (order + terms), 2 * order - 1, -2):
        ratio = 1 / (float(k) / x - ratio)
    after, value = ratio, 1.0
    overflows = float(order) * log(abs(step * float(order))) >= 7.09782712893383973096e02
    for k in range(order - 1, 0, -1):
        after, value = value, value * float(k + k) / x - after
        if overflows and value > 1e100:
            after /= value
            ratio /= value
            value = 1.0
    return ratio * j0(x) / value


def yn(order: int, x: float) -> float:
    """Second kind, any order; NaN below zero."""
    if x < 0 or x != x:
        return NAN
    if x == INF:
        return 0.0
    if order == 0:
        return y0(x)
    if x == 0:
        return INF if order < 0 and order % 2 == 1 else -INF
    negative = order < 0 and order % 2 == 1
    order = abs(order)
    if order == 1:
        value = y1(x)
    elif x >= _HUGER:
        s, c = sin(x), cos(x)
        wave = (s - c, -s - c, -s + c, s + c)[order % 4]
        value = _INVERSE_SQRT_PI * wave / math.sqrt(x)
    else:
        before, value = y0(x), y1(x)
        for k in range(1, order):
            if value == -INF:
                break
            before, value = value, (float(k + k) / x) * value - before
    return -value if negative else value
