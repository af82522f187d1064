"""How a command of the workshop starts and how it ends."""

import importlib
import signal
import sys

from .progress import WorkshopError, warn

_LEAST = (3, 11)


def start(module: str, package: str = "workshop") -> int:
    """Run `main(arguments)` of a module of the workshop, or of another package; return its exit code.

    An error that names cause and remedy is shown without a traceback. Ctrl-C and SIGTERM end what
    was started, then the command, with 130 as shells expect.
    """
    if sys.version_info < _LEAST:
        warn(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
        return 1
    # A shell that starts something in the background lets it ignore Ctrl-C's signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(importlib.import_module(f"{package}.{module}").main(sys.argv[1:]))
    except WorkshopError as error:
        warn(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        warn("\ninterrupted")
        return 130
