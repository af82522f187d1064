"""A PLC that exists only as a Modbus server, with a simulated box at its outputs.

Like a real one it works in scans: read what was written, drive the box, write what was measured. Its
watchdog switches everything off when the agent's register stands still.

    coils             0… heaters   8… coolers   16… fans        on or off
    holding registers 0… heaters   8… coolers   16… fans        duties, 1000 is 1
                      30                                        the agent's watchdog
    discrete inputs   0 door                                    1 is open
    input registers   0 control probe, 1 product, 2 ambient     int16, 0.01 °C
                      3 power                                   uint16, 0.1 W
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..config import AgentConfig
from ..errors import HardwareError, missing
from ..hardware import Drive
from ..hardware.simulated import Box, Role, node
from ..hardware.wiring import Coil, Duty, Number, Plc, Table, Value, Watchdog, Wired
from .boxes import Boxes

if TYPE_CHECKING:
    from pymodbus.server import ModbusTcpServer

UNIT = 1
SCAN = 0.05
"""Time of a scan, s."""
PATIENCE = 5.0
"""The watchdog bites when its register has stood still so long, s."""
FULL = 1000
HEATERS, COOLERS, FANS = 0, 8, 16
WATCHDOG = 30
OUTPUTS = 32
TEMPERATURE, PRODUCT, AMBIENT, POWER = range(4)
_COILS, _DISCRETES, _HOLDINGS, _INPUTS = 1, 2, 3, 4
"""Function codes that read; the server takes them for its own writing too."""
Counts = tuple[int, int, int]


class SimulatedPlc:
    """The server and its program: `async with SimulatedPlc(box, (1, 2, 2)) as plc: plc.url`."""

    def __init__(
        self, box: Box, counts: Counts, port: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the box, how many heaters, coolers and fans it has, and a port of this machine; 0 is any."""
        self._box = box
        self._counts = counts
        self._port = port
        self._clock = clock
        roles = (Role.PRODUCT, Role.AMBIENT)
        self._probes = [
            box.probe(lambda state, _: state.probe),
            *(box.probe(node(role)) for role in roles),
        ]
        self._beat = 0
        self._beaten = self._scanned = clock()
        self._server: ModbusTcpServer
        self._program: asyncio.Task[None]

    @property
    def url(self) -> str:
        """Where it listens, as a configuration says it."""
        return f"tcp://127.0.0.1:{self._port}"

    @property
    def bitten(self) -> bool:
        """Whether the watchdog holds everything off."""
        return self._beat == 0 or self._clock() - self._beaten > PATIENCE

    async def __aenter__(self) -> Self:
        """Listen and scan. Raises `HardwareError`."""
        self._server = _server(self._port)
        try:
            await self._server.serve_forever(background=True)
        except (OSError, RuntimeError) as error:
            raise HardwareError(f"the simulated PLC cannot listen at {self.url}: {error}") from None
        self._port = _port(self._server.transport)
        self._program = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._program.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._program
        await self._server.shutdown()

    async def scan(self) -> None:
        """Do one scan of the program."""
        now = self._clock()
        coils = await self._server.async_getValues(UNIT, _COILS, 0, OUTPUTS)
        holdings = await self._server.async_getValues(UNIT, _HOLDINGS, 0, OUTPUTS)
        if holdings[WATCHDOG] != self._beat:
            self._beat, self._beaten = holdings[WATCHDOG], now
        duties = [
            0.0 if self.bitten else max(float(coil), min(1.0, holding / FULL))
            for coil, holding in zip(coils, holdings, strict=True)
        ]
        heaters, coolers, fans = (
            tuple(duties[first : first + count])
            for first, count in zip((HEATERS, COOLERS, FANS), self._counts, strict=True)
        )
        await self._box.drive(Drive(heaters, coolers, fans))
        for _ in self._box.pace(now - self._scanned):
            pass
        self._scanned = now
        await self._show()

    async def _show(self) -> None:
        temperatures = [round(100 * await probe.temperature()) % 65_536 for probe in self._probes]
        shown = [*temperatures, round(10 * await self._box.power())]
        await self._server.async_setValues(UNIT, _INPUTS, 0, shown)
        await self._server.async_setValues(UNIT, _DISCRETES, 0, [await self._box.is_open()])

    async def _run(self) -> None:
        while True:
            await self.scan()
            await asyncio.sleep(SCAN)


def _port(listening: object) -> int:
    """Return the port of a server, which pymodbus keeps where a client keeps its transport."""
    assert isinstance(listening, asyncio.Server)
    port: int = listening.sockets[0].getsockname()[1]
    return port


def wiring(url: str, counts: Counts) -> Wired:
    """Return how an agent is wired to a simulated PLC: heaters and coolers by duties, fans by coils."""
    heaters, coolers, fans = counts
    return Wired(
        kind="wired",
        thermometer=measured(TEMPERATURE),
        heaters=tuple(_duty(HEATERS + i) for i in range(heaters)),
        coolers=tuple(_duty(COOLERS + i) for i in range(coolers)),
        fans=tuple(Coil(driver="coil", address=FANS + i) for i in range(fans)),
        plc=Plc(url=url, unit=UNIT, watchdog=Watchdog(register=WATCHDOG)),
    )


def switched(told: AgentConfig, port: int, boxes: Boxes) -> tuple[AgentConfig, SimulatedPlc]:
    """Return the configuration with its first chamber at a simulated PLC, and that PLC, not listening yet."""
    first, *others = told.chambers
    counts = len(first.heaters), len(first.coolers), len(first.fans)
    plc = SimulatedPlc(boxes.box(first.id), counts, port)
    # Nothing simulated wears out: whoever watches need not wait as real Peltier elements must after a start.
    control = replace(first.control, polarity_hold=SCAN)
    wired = replace(first, hardware=wiring(plc.url, counts), control=control)
    return replace(told, chambers=(wired, *others)), plc


def measured(address: int) -> Value:
    """Return how a temperature of a simulated PLC is read."""
    return Value(
        driver="register", address=address, table=Table.INPUT, type=Number.INT16, scale=0.01
    )


def _duty(address: int) -> Duty:
    return Duty(driver="register", address=address, full=FULL)


def _server(port: int) -> "ModbusTcpServer":
    try:
        from pymodbus.server import ModbusTcpServer  # noqa: PLC0415 - only `--plc` needs it
        from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: PLC0415
    except ImportError:
        raise missing("pymodbus", "plc") from None
    bits = [SimData(0, values=[False] * OUTPUTS, datatype=DataType.BITS) for _ in range(2)]
    words = [SimData(0, values=[0] * OUTPUTS, datatype=DataType.REGISTERS) for _ in range(2)]
    tables = ([bits[0]], [bits[1]], [words[0]], [words[1]])
    return ModbusTcpServer(SimDevice(UNIT, simdata=tables), address=("127.0.0.1", port))
