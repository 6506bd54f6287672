"""Whether a registry's manifest is signed by whom the operator trusts.

The signature is a detached one of OpenPGP, over the manifest as compact JSON and a newline. It is
judged by Sequoia, which the extra ``jackfield[openpgp]`` brings. Source: dispatcharr spec 2.12.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import Any, Final

NO_LIBRARY: Final = "not checked: install jackfield[openpgp] for it"
NO_KEY: Final = "not checked: no public key was given for this registry"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a signature.

    :ivar good: ``None`` where nobody can tell; *note* says why.
    """

    good: bool | None
    note: str = ""

    def to_row(self) -> dict[str, Any]:
        """As the REST interface lists it."""
        return {"signature_verified": self.good, "signature_note": self.note}


UNSIGNED: Final = Verdict(None)


def judge(manifest: Any, signature: str, public_key: str) -> Verdict:
    """Judge a manifest's signature.

    :param manifest: the signed part, as it was read.
    :param signature: armored; empty for none.
    :param public_key: armored; empty for none.
    """
    if not signature:
        return UNSIGNED
    if not public_key.strip():
        return Verdict(None, NO_KEY)
    library = _library()
    if library is None:
        return Verdict(None, NO_LIBRARY)
    try:
        key = library.Cert.from_bytes(public_key.encode())
    except Exception as error:  # noqa: BLE001 - whatever the library says of it
        return Verdict(None, f"not checked: the public key is not readable: {error}")
    try:
        sig = library.Sig.from_bytes(signature.encode())
    except Exception as error:  # noqa: BLE001
        return Verdict(False, f"the signature is not readable: {error}")
    why = ""
    for data in _written(manifest):
        try:
            library.verify(bytes=data, store=lambda _ids: [key], signature=sig)
        except Exception as error:  # noqa: BLE001
            why = str(error)
        else:
            return Verdict(True)
    return Verdict(False, f"the signature is not good: {why}")


def _library() -> Any | None:
    try:
        return importlib.import_module("pysequoia")
    except ImportError:
        return None


def _written(manifest: Any) -> list[bytes]:
    """The signed bytes: compact JSON, with letters beyond ASCII as themselves or escaped."""
    texts = {
        json.dumps(manifest, separators=(",", ":"), ensure_ascii=escaped) + "\n"
        for escaped in (False, True)
    }
    return [text.encode("utf-8", "surrogatepass") for text in sorted(texts)]
