from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from pysequoia import SignatureMode, Tsk, sign

from jackfield.dialects.dispatcharr.site.hub import signatures
from jackfield.dialects.dispatcharr.site.hub.signatures import UNSIGNED, Verdict, judge

MANIFEST = {"registry_name": "Tésts", "plugins": [{"slug": "a"}]}
OWNER = Tsk.generate("Owner <owner@example.org>")
KEY = str(OWNER.extract_certificate())


def signed(manifest: Any, **how: Any) -> str:
    data = json.dumps(manifest, separators=(",", ":"), **how) + "\n"
    made: bytes = sign(OWNER.signer(), data.encode(), mode=SignatureMode.DETACHED)
    return made.decode()


@pytest.mark.parametrize("escaped", [True, False])
def test_a_good_signature(escaped: bool) -> None:
    assert judge(MANIFEST, signed(MANIFEST, ensure_ascii=escaped), KEY) == Verdict(True)


def test_a_manifest_that_was_changed() -> None:
    verdict = judge({**MANIFEST, "plugins": []}, signed(MANIFEST), KEY)
    assert (verdict.good, verdict.note.startswith("the signature is not good")) == (False, True)


def test_a_signature_of_somebody_else() -> None:
    other = str(Tsk.generate("Other <other@example.org>").extract_certificate())
    assert judge(MANIFEST, signed(MANIFEST), other).good is False


@pytest.mark.parametrize(
    ("signature", "key", "verdict"),
    [
        ("", KEY, UNSIGNED),
        ("x", "", Verdict(None, signatures.NO_KEY)),
    ],
)
def test_what_nobody_can_tell(signature: str, key: str, verdict: Verdict) -> None:
    assert judge(MANIFEST, signature, key) == verdict


def test_what_is_not_readable() -> None:
    assert judge(MANIFEST, "junk", KEY).good is False
    verdict = judge(MANIFEST, signed(MANIFEST), "junk")
    assert (verdict.good, "public key is not readable" in verdict.note) == (None, True)


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    assert judge(MANIFEST, signed(MANIFEST), KEY) == Verdict(None, signatures.NO_LIBRARY)


def test_as_it_is_listed() -> None:
    assert Verdict(False, "n").to_row() == {"signature_verified": False, "signature_note": "n"}
