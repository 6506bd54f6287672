"""Go's random numbers. The expectations are what Go prints for these seeds."""

from __future__ import annotations

import pytest

from jackfield.tengo.stdlib import gorand
from jackfield.tengo.stdlib.gorand import Rand


def test_the_fixed_state_is_the_known_one() -> None:
    cooked = [number & 2**63 - 1 for number in gorand._cooked()]
    assert len(cooked) == 607
    assert cooked[:4] == [
        5041579894721019882,
        4646389086726545243,
        1395769623340756751,
        5333664234075297259,
    ]
    assert cooked[-3:] == [8382142935188824023, 9103922860780351547, 4152330101494654406]


def test_the_ziggurats_are_the_known_ones() -> None:
    exponential, normal = gorand._exponential(), gorand._normal()
    assert exponential.thresholds[:3] == (0xE290A139, 0, 0x9BEADEBC)
    assert exponential.thresholds[100] == 0xFDDC94E5
    assert exponential.thresholds[255] == 0xE6DA6ECF
    assert normal.thresholds[:3] == (0x76AD2212, 0, 0x600F1B53)
    assert normal.thresholds[127] == 0x77D664E5
    assert f"{normal.widths[0]:.8g} {normal.widths[127]:.8g}" == "1.7290405e-09 1.6030948e-09"
    assert f"{exponential.heights[255]:.8g} {normal.heights[1]:.7g}" == "0.00045413437 0.9635997"


def test_seed_1() -> None:
    rand = Rand(1)
    assert rand.int63() == 5577006791947779410
    assert rand.int63n(100) == 51
    assert rand.float64() == 0.6645600532184904
    assert rand.exp_float64() == 0.6776268958872181
    assert rand.norm_float64() == 0.3228052526115799
    assert rand.perm(5) == [2, 4, 3, 1, 0]


def test_seed_42() -> None:
    rand = Rand(42)
    assert rand.int63() == 3440579354231278675
    assert rand.int63n(10) == 1
    assert rand.float64() == 0.604093851558642
    assert rand.perm(3) == [0, 2, 1]
    assert rand.exp_float64() == 0.8590152290261559
    assert rand.norm_float64() == 0.6296099782367262


def test_bytes_are_given_out_seven_a_number() -> None:
    rand = Rand(7)
    assert rand.read(8).hex() == "f3ff4d451e429e18"
    parts = Rand(7)
    assert (parts.read(3) + parts.read(0) + parts.read(5)).hex() == "f3ff4d451e429e18"


def test_seeding_again_starts_again() -> None:
    rand = Rand(7)
    rand.read(3)
    rand.seed(1)
    assert rand.int63() == 5577006791947779410
    rand.seed(7)
    assert rand.read(2).hex() == "f3ff"


@pytest.mark.parametrize(
    ("seed", "same"), [(0, 89_482_311), (2**31 - 1, 89_482_311), (-1, 2**31 - 2), (-(2**63), None)]
)
def test_seeds_are_taken_modulo_a_prime(seed: int, same: int | None) -> None:
    first = Rand(seed).int63()
    assert 0 <= first < 2**63
    if same is not None:
        assert first == Rand(same).int63()


def test_ranges() -> None:
    rand = Rand(3)
    for bound in (1, 2, 3, 100, 2**40, 2**63 - 1):
        assert all(0 <= rand.int63n(bound) < bound for _ in range(50))
    assert all(0 <= rand.float64() < 1 for _ in range(200))
    assert sorted(rand.perm(100)) == list(range(100))
    assert rand.perm(0) == []
    with pytest.raises(ValueError, match="invalid argument to Int63n"):
        rand.int63n(0)


def test_distributions_have_their_means() -> None:
    rand = Rand(5)
    count = 20_000
    exponential = [rand.exp_float64() for _ in range(count)]
    normal = [rand.norm_float64() for _ in range(count)]
    assert min(exponential) > 0
    assert abs(sum(exponential) / count - 1) < 0.03
    assert abs(sum(normal) / count) < 0.03
    assert abs(sum(x * x for x in normal) / count - 1) < 0.05
    assert max(normal) > 3.4426 > -3.4426 > min(normal)  # the base strip is left sometimes
