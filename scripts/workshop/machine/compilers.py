"""A C++ compiler for the two requirements of Home Assistant that come as source."""

import shutil

from ..progress import MissingPartError
from . import debian


def cplusplus() -> dict[str, str]:
    """Have a C++ compiler on this machine; return the variables that tell builds of it.

    Raises:
        MissingPartError: there is none and this process may not install one.
    """
    if shutil.which("g++"):
        return {}
    if shutil.which("clang++"):
        return {"CC": "clang", "CXX": "clang++"}
    if not debian.codename():
        raise MissingPartError(
            "two requirements of Home Assistant come as C++ source, and there is no compiler; "
            "install g++ or clang with the system's package manager"
        )
    debian.install(["g++"], "a C++ compiler")
    return {}
