"""Everything the agent raises, below one root; a message names the cause and the remedy."""

import sys
from collections.abc import Iterable


class AgentError(Exception):
    """The root of every error of the agent."""


class ConfigError(AgentError):
    """A configuration that cannot be used; `problems` names every key, what is wrong and what is expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems and say them one per line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class HardwareError(AgentError):
    """A sensor or an actuator that does not answer."""


def missing(library: str, extra: str) -> HardwareError:
    """Return the error for a library that is not there, with the command that installs it for this very Python."""
    command = f"{sys.executable} -m pip install 'chamber-agent[{extra}]'"
    return HardwareError(f"{library} is missing: {command}")


class SensorFault(HardwareError):
    """A sensor that answers, and says itself that its value is none."""


class StateError(AgentError):
    """A state folder that cannot be used."""
