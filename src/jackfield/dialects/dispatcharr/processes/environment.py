"""Which of the host's environment variables the other processes see.

Tokens, passwords and keys come to a host in variables; what is not listed here stays with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEPT = re.compile(
    r"""
    (?: PATH | HOME | USER | LOGNAME | SHELL | TERM | TZ | TZDIR | TMPDIR | LANG | LANGUAGE | LC_\w+
      | LD_LIBRARY_PATH | PYTHONPATH | PYTHONHASHSEED | PYTHONWARNINGS | VIRTUAL_ENV
      | SSL_CERT_FILE | SSL_CERT_DIR | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE
      | HTTP_PROXY | HTTPS_PROXY | ALL_PROXY | NO_PROXY
      | DISPATCHARR_\w+ | JACKFIELD_DISPATCHARR_(?:ERA | FOLDERS)
      | LIBVA_\w+ | NVIDIA_\w+ | CUDA_\w+ )\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)


def kept(variables: Mapping[str, str]) -> dict[str, str]:
    """Those of *variables* that a plugin may see."""
    return {name: value for name, value in variables.items() if _KEPT.match(name)}
