"""Every module that exists inside the sandbox: what is not imported at build time is not there.

There is no file system at run time, so an ``import`` finds only what the snapshot holds. Preloading
costs no memory per plugin: the snapshot is one copy-on-write image that all plugins share.
"""

import importlib
import importlib.util
import pkgutil

# Packages in src/ that give a dialect's plugins their author API. The build bakes each one that
# exists, with all its submodules; `Instance(sdk=...)` names the module that speaks to the engine.
SDKS = ["owncast_plugin"]

# Some are never imported by plugins but by the library itself on first use (encodings.cp437 by
# zipfile, xml.dom.expatbuilder by minidom, _strptime by datetime): they must be there all the same.
STDLIB = """
__future__ abc array ast asyncio atexit base64 bisect builtins binascii calendar cmath codecs
collections collections.abc colorsys concurrent.futures configparser contextlib contextvars copy
copyreg csv dataclasses datetime decimal difflib email email.message email.mime.multipart
email.mime.text email.parser email.policy email.utils encodings.ascii encodings.cp1252
encodings.cp437 encodings.idna encodings.latin_1 encodings.punycode encodings.raw_unicode_escape
encodings.unicode_escape encodings.utf_16 encodings.utf_16_le encodings.utf_32 encodings.utf_8_sig
enum errno fnmatch fractions functools gc getpass gettext glob graphlib gzip hashlib heapq hmac
html html.entities html.parser http http.client http.cookies http.cookiejar importlib
importlib.metadata importlib.resources importlib.util inspect io ipaddress itertools json
json.tool keyword linecache locale logging logging.config logging.handlers marshal math mimetypes
numbers opcode operator os os.path pathlib pickle pkgutil platform posixpath pprint queue quopri
random re reprlib runpy sched secrets select selectors shlex shutil signal socket sqlite3 stat
statistics string string.templatelib stringprep struct subprocess symtable sys tempfile textwrap
threading time timeit token tokenize tomllib traceback tracemalloc types typing unicodedata
unittest unittest.mock urllib.error urllib.parse urllib.request urllib.response uuid warnings
weakref wsgiref.util xml.dom.expatbuilder xml.dom.minidom xml.etree.ElementTree xml.sax
xml.sax.expatreader xml.sax.saxutils zipfile zlib zoneinfo _pydatetime _pydecimal _strptime
""".split()  # noqa: SIM905 - as a list it would be two hundred lines


def preload() -> None:
    """Import everything above; an SDK that is not in the tree (yet) is left out."""
    for name in STDLIB:
        importlib.import_module(name)
    for sdk in SDKS:
        if importlib.util.find_spec(sdk) is None:
            continue
        package = importlib.import_module(sdk)
        for module in pkgutil.walk_packages(package.__path__, sdk + "."):
            importlib.import_module(module.name)
