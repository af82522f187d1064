"""The command line: `chamber-agent run | gateway | check | safe | profile check | simulate`."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path

from . import __version__, clock, config
from .agent import Access, Agent
from .chamber.model import Limits
from .chamber.topics import DEFAULT_PREFIX
from .checking import Consent, Means, findings, means
from .clock import Clocks
from .config import AgentConfig, Broker
from .discovery.advertiser import advertised
from .errors import AgentError, ConfigError
from .gateway import command as gateway_command
from .gateway import file as gateway_file
from .hardware import rigs
from .hardware.wired import Bench
from .profiles import files as profiles
from .safe import secure
from .service import install, journal, notify
from .service.watchdog import attend
from .settings import credentials
from .simulation.fleet import as_options, simulation
from .simulation.past import seconds
from .simulation.scene import Scene, Set
from .state_folder import StateFolder
from .uplink import Uplink

_LOGGER = logging.getLogger(__name__)
FAILED, UNUSABLE = 1, 2
"""Exit codes: something did not work; the command line or the configuration cannot be used."""
STATE_DIRECTORY = Path("/var/lib/chamber-agent")
"""Where systemd puts the state folder of the unit that comes with the agent."""
PLC_PORT = 5020


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    _log(options.verbose)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except ConfigError as error:
        for problem in error.problems:
            print(f"chamber-agent: {problem}", file=sys.stderr)
        return UNUSABLE
    except AgentError as error:
        print(f"chamber-agent: {error}", file=sys.stderr)
        return FAILED


def run(options: argparse.Namespace) -> int:
    """Run the chambers of a configuration."""
    told = config.load(options.config)
    folder = _folder(told)
    if folder.path is None:
        is_controlled = any(chamber.controlled for chamber in told.chambers)
        what = "setpoints, modes and samples" if is_controlled else "the samples"
        _LOGGER.warning("without gateway.state_folder every restart forgets %s", what)
    real = Set(told, partial(rigs.build, bench=Bench()))
    access, clocks = _access(told.broker), Clocks(clock.synchronised)
    return _live(access, folder, clocks, lambda _stopped: nullcontext(real))


def simulate(options: argparse.Namespace) -> int:
    """Run simulated chambers; their clock counts as synchronised."""
    try:
        told = simulation(options)
        access = _access(told.broker)
    except ConfigError as error:
        raise ConfigError(as_options(error.problems)) from None
    clocks = Clocks(lambda: True).unsynchronised_for(options.unsynchronised)

    def play(state: Path | None) -> int:
        scene = Scene(told, StateFolder(state), clocks, options.since, options.plc)
        return _live(access, scene.folder, clocks, scene.played)

    if options.since is None or options.state is not None:
        return play(options.state)
    with tempfile.TemporaryDirectory(prefix="chamber-agent-") as temporary:
        _LOGGER.info("without --state the past is kept in %s until the end", temporary)
        return play(Path(temporary))


def gateway(options: argparse.Namespace) -> int:
    """Bring nodes that speak plain MQTT to Home Assistant."""
    told = gateway_file.load(options.config)
    if options.check:
        print(f"ok     {options.config}: {len(told.nodes)} table(s) of nodes")
        return 0
    folder = StateFolder(told.gateway.state_folder or _state_directory())
    if folder.path is None:
        _LOGGER.warning("without gateway.state_folder every restart forgets the samples")
    gateway_command.live(told, _access(told.broker), folder, Clocks(clock.synchronised))
    return 0


def check(options: argparse.Namespace) -> int:
    """Check a configuration, the broker, every sensor and, asked before, every actuator."""
    told = config.load(options.config)
    print(f"ok     {options.config}: configuration of {len(told.chambers)} chamber(s)")
    folder = StateFolder(told.gateway.state_folder or _state_directory() or STATE_DIRECTORY)
    # Every finding is printed.
    logging.getLogger("chamber_agent.hardware").setLevel(logging.ERROR)
    consent = Consent(folder, never=options.no_actuators, always=options.yes)
    return asyncio.run(_check(told, _access(told.broker), means(consent)))


def safe(options: argparse.Namespace) -> int:
    """Put every actuator into its safe state, and end."""
    told = config.load(options.config)
    failed = asyncio.run(secure(told.chambers, _folder(told), partial(rigs.acting, bench=Bench())))
    for chamber in failed:
        print(f"chamber-agent: {chamber}: NOT in its safe state", file=sys.stderr)
    return FAILED if failed else 0


def profile(options: argparse.Namespace) -> int:
    """Check a file that holds a profile, for the chambers of a configuration or for any."""
    told = profiles.load(options.file)
    limits: dict[str, Limits | None] = {"any chamber": Limits()}
    if options.config is not None:
        limits = {one.id: one.bounds for one in config.load(options.config).chambers}
    refused = list(profiles.refusals(told, limits))
    for problem in refused:
        print(f"FAILED {problem}")
    if len(refused) < len(limits):
        print(f"ok     {profiles.summary(told)}")
    return FAILED if refused else 0


def install_service(options: argparse.Namespace) -> int:
    """Install the agent as a service of systemd, or show the unit."""
    if options.print:
        told = None if options.user_config is None else config.load(options.user_config)
        print(install.unit(told), end="")
        return 0
    done, left = install.install(options.user_config)
    print("\n".join(done), "", "Next:", *(f"  {line}" for line in left), sep="\n")
    return 0


Played = Callable[[Callable[[], bool]], AbstractAsyncContextManager[Set]]
"""Makes chambers ready; it is told how to learn that it shall stop."""


def _live(access: Access, folder: StateFolder, clocks: Clocks, played: Played) -> int:
    with folder.held():
        asyncio.run(_until_stopped(access, folder, clocks, played))
    return 0


async def _until_stopped(
    access: Access, folder: StateFolder, clocks: Clocks, played: Played
) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    async with played(stop.is_set) as (told, wire_up):
        names = ", ".join(chamber.id for chamber in told.chambers[:5])
        more = " …" if len(told.chambers) > 5 else ""
        _LOGGER.info("gateway %s on %s: %s%s", told.gateway.id, told.broker.url, names, more)
        if not stop.is_set():
            await _run(Agent(told, access, folder, clocks, wire_up), told, stop)
    _LOGGER.info("stopped: every chamber is in its safe state")


async def _run(agent: Agent, told: AgentConfig, stop: asyncio.Event) -> None:
    attending = asyncio.create_task(attend(agent.loops, stop, within=notify.watchdog()))
    async with advertised(told.broker, told.gateway):
        await agent.run(stop)
    attending.cancel()


async def _check(told: AgentConfig, access: Access, by: Means) -> int:
    bad = 0
    async for finding in findings(told, access, by):
        print(f"{_MARKS[finding.good]:6} {finding.text}", flush=True)
        bad += finding.good is False
    return FAILED if bad else 0


_MARKS = {True: "ok", False: "FAILED", None: "-"}


def _access(broker: Broker) -> Access:
    tls = credentials.tls(broker)
    dials = tuple(
        partial(Uplink, url, tls if url.startswith("wss:") else None) for url in broker.urls
    )
    return Access(dials, credentials.password(broker))


def _folder(told: AgentConfig) -> StateFolder:
    return StateFolder(told.gateway.state_folder or _state_directory())


def _state_directory() -> Path | None:
    """Return the folder that systemd's StateDirectory= made (systemd.exec(5))."""
    first = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(first) if first else None


def _log(verbose: bool) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(journal.formatter())
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
    logging.getLogger("websockets").setLevel(logging.WARNING)
    # What fails at a PLC is said where it is missed.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chamber-agent",
        description="Keeps temperature chambers, and connects them to Home Assistant's chamber_ws "
        "over MQTT in WebSocket frames.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--verbose", "-v", action="store_true", help="log everything")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command, told, fill in (
        (run, "run the chambers of a configuration", _configured),
        (check, "check a configuration, the broker, every sensor and every actuator", _checked),
        (safe, "put every actuator into its safe state, and end", _configured),
        (gateway, "bring nodes that speak plain MQTT to Home Assistant", _bridging),
        (simulate, "run simulated chambers", _simulated),
    ):
        one = commands.add_parser(command.__name__, help=told, description=told)
        one.set_defaults(command=command)
        fill(one)
    told = "install the agent as a service of systemd"
    installing = commands.add_parser("install-service", help=told, description=told)
    installing.set_defaults(command=install_service)
    add = installing.add_argument
    add("--user-config", type=Path, metavar="FILE", help="a configuration instead of the example")
    add("--print", action="store_true", help="show the unit, and write nothing")
    checking = commands.add_parser("profile", help="check a ramp and soak profile")
    actions = checking.add_subparsers(metavar="ACTION", required=True)
    one = actions.add_parser("check", help="check a file: .json, .toml or .csv")
    one.set_defaults(command=profile)
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--config", type=Path, metavar="FILE", help="judge by these chambers' limits")
    return parser


def _configured(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="a TOML file")


def _checked(parser: argparse.ArgumentParser) -> None:
    _configured(parser)
    parser.add_argument("--yes", action="store_true", help="move the actuators without asking")
    parser.add_argument("--no-actuators", action="store_true", help="move none, and do not ask")


def _bridging(parser: argparse.ArgumentParser) -> None:
    _configured(parser)
    parser.add_argument("--check", action="store_true", help="read the file, and end")


def _simulated(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--url", required=True, help='the broker: "ws://host:9001/mqtt", "wss://host/mqtt"')
    add("--username", help="who the agent is to the broker")
    add("--password-file", metavar="FILE", help="a file that holds the password alone")
    add("--ca-file", metavar="FILE", help="certificates to trust instead of the system's")
    add("--prefix", default=DEFAULT_PREFIX, help="the topics' prefix (%(default)s)")
    add("--gateway", default="simulator", metavar="ID", help="the gateway's id (%(default)s)")
    add("--chambers", type=int, default=2, metavar="N", help="how many (%(default)s)")
    add(
        "--interval",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="between two readings (%(default)g)",
    )
    add(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="of the physics; the samples' clock stays real (%(default)g)",
    )
    add("--seed", type=int, metavar="N", help="of the noise, to repeat a run")
    add("--state", type=Path, metavar="DIR", help="where setpoints and samples outlive a restart")
    add(
        "--since",
        type=_ago,
        metavar="AGO",
        help="write a past before going live: -72h, -30m, -3d; what --state has already stays",
    )
    add(
        "--plc",
        type=int,
        nargs="?",
        const=PLC_PORT,
        metavar="PORT",
        help="switch the first chamber through a simulated PLC, Modbus at this port (%(const)s)",
    )
    add(
        "--unsynchronised",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="after the start the clock counts as unknown for so long (%(default)g)",
    )


def _ago(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _joined(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--since -72h` as one, since a parser takes what begins with - for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--since":
            joined[-1] = f"--since={argument}"
        else:
            joined.append(argument)
    return joined


if __name__ == "__main__":
    sys.exit(main())
