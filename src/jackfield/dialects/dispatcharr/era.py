"""Which generation of Dispatcharr is followed where the generations contradict each other.

``seed`` is 0.9 to 0.18, for which the plugin guide was written; ``current`` is 0.19 and later.
What later releases only added works in both. Source: dispatcharr spec 1 and the rows marked ★.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal, get_args

from jackfield.errors import InvalidInput

Era = Literal["seed", "current"]

VARIABLE: Final = "JACKFIELD_DISPATCHARR_ERA"


def current_era(environ: Mapping[str, str] = os.environ) -> Era:
    """The era that the operator chose; ``seed`` unless told otherwise.

    :raises InvalidInput: the variable names none.
    """
    found = environ.get(VARIABLE, "").strip().lower() or "seed"
    for era in get_args(Era):
        if found == era:
            return era
    known = " or ".join(repr(era) for era in get_args(Era))
    raise InvalidInput(f"expected {known}, found {found!r}", field=VARIABLE)
