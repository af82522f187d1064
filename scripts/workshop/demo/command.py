"""`scripts/demo`: a live chamber in a real Home Assistant, on this machine and nowhere else.

Starts, on loopback, an MQTT broker, an agent that simulates two chambers, and Home Assistant with the
integration set up and a dashboard. The vaccine carrier is watched by an alarm profile; a past of seven
hours, which is simulated too, holds an excursion. The other chamber is the example of a lecture on MQTT
over WebSocket (docs/lecture38.md), a box at 30 °C; a simulated PLC switches it by Modbus.
The first start begins with that past, later ones go on from where the chambers were left.
With --check nobody needs to look: the past, and the line from the sensor to the dashboard and back, are
proven, then everything is ended.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from ..machine import environments
from ..parts import brokers
from ..parts.processes import free_port
from ..places import SCRIPTS, WORKSHOP
from ..shell import child_environment
from .stage import RECENT, Play

_VERSIONS = environments.HOME_ASSISTANT_VERSIONS
_INSIDE = "CHAMBER_WS_DEMO_INSIDE"
_CHECK_SPEED = "20"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="prove that it works, then end")
    parser.add_argument("--port", type=_port, default=0, help="Home Assistant's; else 8123 or free")
    parser.add_argument("--broker", choices=("auto", *brokers.KINDS), default="auto")
    parser.add_argument("--home-assistant", choices=_VERSIONS, default=_VERSIONS[0])
    parser.add_argument(
        "--state", type=Path, help="a folder; the next start keeps its settings and record"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port; ports go from 1 to 65535")
    return int(text)


def main(arguments: list[str]) -> int:
    """Set up what is needed, then go on inside Home Assistant's environment, which has aiohttp."""
    options = parse(arguments)
    environment = environments.ready(f"home-assistant-{options.home_assistant}")
    if os.environ.get(_INSIDE) != "1":
        environments.ready("agent")
        brokers.available(options.broker)
        settings = child_environment({_INSIDE: "1"})
        command = [str(environment.program("python")), str(SCRIPTS / "demo"), *arguments]
        sys.stdout.flush()
        os.execve(command[0], command, settings)
    os.environ.pop(_INSIDE)
    from . import show  # noqa: PLC0415 - needs aiohttp, which is there only now

    return show.check(_play(options)) if options.check else show.live(_play(options))


def _play(options: argparse.Namespace) -> Play:
    # A PLC lives in real time, a check cannot wait for it.
    speed = ("--speed", _CHECK_SPEED)
    agent_options = *RECENT, *(speed if options.check else ("--plc", str(free_port())))
    state = options.state.resolve() if options.state else _state(options)
    version, broker = options.home_assistant, brokers.available(options.broker)
    return Play(state, version, broker, options.port, agent_options, not options.check, past=True)


def _state(options: argparse.Namespace) -> Path:
    WORKSHOP.mkdir(exist_ok=True)
    if options.check:
        return Path(tempfile.mkdtemp(prefix="check-", dir=WORKSHOP))
    return WORKSHOP / "demo" / str(options.home_assistant)
