"""A PLC by Modbus TCP or RTU: coils, registers, and how a lost connection is made again.

One question at a time on each line. Whatever does not answer ends the connection, so that a late
answer is never taken for another's; the next attempt waits, longer after every failure.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from ..errors import HardwareError, missing
from .wiring import Coil as CoilTable
from .wiring import Discrete, Duty, Number, Table, Value
from .wiring import Plc as PlcTable

if TYPE_CHECKING:
    from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
    from pymodbus.pdu import ModbusPDU

    Client = AsyncModbusTcpClient | AsyncModbusSerialClient

T = TypeVar("T")
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Between attempts to connect: doubled from the first to the longest, s."""
TCP_PORT = 502
REGISTERS = {
    Number.INT16: 1,
    Number.UINT16: 1,
    Number.INT32: 2,
    Number.UINT32: 2,
    Number.FLOAT32: 2,
}
HALF = 0.5
"""From this duty on a coil is on."""
COUNTS = 1 << 16


class Line:
    """A connection to one or, on a serial line, several PLCs. Raises `HardwareError` without pymodbus."""

    def __init__(self, told: PlcTable, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the client; it connects with the first question."""
        self._url = told.url
        self._client = _client(told)
        self._clock = clock
        self._one_question = asyncio.Lock()
        self._wait = 0.0
        self._not_before = 0.0
        self._why = f"{self._url}: the connection was lost"
        self._users = 0

    def taken(self) -> "Line":
        """Return the line to one more chamber, which closes it when it needs it no more."""
        self._users += 1
        return self

    async def ask(
        self, what: str, question: "Callable[[Client], Awaitable[ModbusPDU]]"
    ) -> "ModbusPDU":
        """Return the answer to a question. Raises `HardwareError`, which says `what` failed."""
        async with self._one_question:
            await self._connected()
            try:
                answer = await question(self._client)
            except BaseException as error:
                self._lost()
                # pymodbus before 3.14 makes an error of its own of a cancellation.
                if (task := asyncio.current_task()) and task.cancelling():
                    raise asyncio.CancelledError from None
                if isinstance(error, Exception):
                    raise HardwareError(f"{self._url}: {what}: no answer ({error})") from error
                raise
        if answer.isError():
            code = getattr(answer, "exception_code", 0)
            meaning = MEANINGS.get(code, "")
            raise HardwareError(f"{self._url}: {what}: refused with code {code}{meaning}")
        return answer

    async def close(self) -> None:
        """End the connection once nobody needs it any more."""
        self._users -= 1
        if self._users <= 0:
            self._client.close()

    async def _connected(self) -> None:
        """Connect if need be, and if it is time to try. Raises `HardwareError`."""
        if self._client.connected:
            return
        if self._clock() < self._not_before:
            raise HardwareError(self._why)
        self._why = f"{self._url}: cannot be connected: check address, cable and power"
        try:
            connected = await self._client.connect()
        except BaseException as error:
            self._lost()
            if isinstance(error, Exception):
                raise HardwareError(f"{self._url}: cannot be connected: {error}") from error
            raise
        if not connected:
            self._lost()
            raise HardwareError(self._why)
        self._wait = 0.0
        self._why = f"{self._url}: the connection was lost"

    def _lost(self) -> None:
        self._wait = min(LONGEST_WAIT, max(FIRST_WAIT, 2 * self._wait))
        self._not_before = self._clock() + self._wait
        # What is lost may be past closing; why it was lost is what there is to tell.
        with contextlib.suppress(Exception):
            self._client.close()


MEANINGS = {
    1: " (it does not know this function)",
    2: " (it has no such address: check the table and whether its manual counts from 1)",
    3: " (it does not take this value)",
    4: " (it failed)",
    11: " (the gateway reaches no such unit)",
}
"""Exception codes of the Modbus specification."""


class Plc:
    """One PLC on a line."""

    def __init__(self, line: Line, unit: int) -> None:
        self._line = line
        self._unit = unit

    async def coil(self, address: int, on: bool) -> None:
        """Switch a coil. Raises `HardwareError`."""
        await self._line.ask(
            f"coil {address}",
            lambda client: client.write_coil(address, on, device_id=self._unit),
        )

    async def write(self, address: int, value: int) -> None:
        """Write a holding register. Raises `HardwareError`."""
        await self._line.ask(
            f"register {address}",
            lambda client: client.write_register(address, value, device_id=self._unit),
        )

    async def discrete(self, address: int) -> bool:
        """Return a discrete input. Raises `HardwareError`."""
        answer = await self._line.ask(
            f"discrete input {address}",
            lambda client: client.read_discrete_inputs(address, count=1, device_id=self._unit),
        )
        if not answer.bits:
            raise HardwareError(f"discrete input {address}: none came")
        return bool(answer.bits[0])

    async def value(self, told: Value) -> float:
        """Return a measured value in its unit. Raises `HardwareError`."""
        count = REGISTERS[told.type]

        def question(client: "Client") -> "Awaitable[ModbusPDU]":
            read = {
                Table.HOLDING: client.read_holding_registers,
                Table.INPUT: client.read_input_registers,
            }
            return read[told.table](told.address, count=count, device_id=self._unit)

        answer = await self._line.ask(f"{told.table} register {told.address}", question)
        if len(answer.registers) != count:
            raise HardwareError(
                f"register {told.address}: {len(answer.registers)} came, not {count}"
            )
        return told.scale * _number(answer.registers, told) + told.offset


class CoilOutput:
    """A coil as an actuator."""

    def __init__(self, plc: Plc, told: CoilTable) -> None:
        self._plc = plc
        self._told = told

    async def set(self, duty: float) -> None:
        """Switch on at half a duty or more, else off. Raises `HardwareError`."""
        await self._plc.coil(self._told.address, duty >= HALF)

    async def close(self) -> None:
        """Leave it as it is: the line ends with the rig."""


class DutyOutput:
    """A holding register as an actuator."""

    def __init__(self, plc: Plc, told: Duty) -> None:
        self._plc = plc
        self._told = told

    async def set(self, duty: float) -> None:
        """Write a duty. Raises `HardwareError`."""
        await self._plc.write(self._told.address, round(self._told.full * min(1.0, max(0.0, duty))))

    async def close(self) -> None:
        """Leave it as it is: the line ends with the rig."""


class Measured:
    """A value of a PLC as a thermometer or a meter."""

    def __init__(self, plc: Plc, told: Value) -> None:
        self._plc = plc
        self._told = told

    async def temperature(self) -> float:
        """Return it in °C. Raises `HardwareError`."""
        return await self._plc.value(self._told)

    async def power(self) -> float:
        """Return it in W. Raises `HardwareError`."""
        return await self._plc.value(self._told)


class DiscreteContact:
    """A discrete input as a door contact."""

    def __init__(self, plc: Plc, told: Discrete) -> None:
        self._plc = plc
        self._told = told

    async def is_open(self) -> bool:
        """Tell whether the door is open. Raises `HardwareError`."""
        return await self._plc.discrete(self._told.address) is self._told.open_when

    async def close(self) -> None:
        """Nothing to let go: the line ends with the rig."""


class Heartbeat:
    """The PLC's watchdog: a register that counts up with every turn."""

    def __init__(self, plc: Plc, register: int) -> None:
        self._plc = plc
        self._register = register
        self._count = 0

    async def beat(self) -> None:
        """Write the next number. Raises `HardwareError`."""
        self._count = (self._count + 1) % COUNTS
        await self._plc.write(self._register, self._count)


def _number(registers: list[int], told: Value) -> float:
    from pymodbus.client.mixin import ModbusClientMixin  # noqa: PLC0415 - imported where it is needed

    kind = ModbusClientMixin.DATATYPE[told.type.upper()]
    number = ModbusClientMixin.convert_from_registers(registers, kind, told.word_order)
    assert isinstance(number, int | float)
    return number


def _client(told: PlcTable) -> "Client":
    try:
        from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient  # noqa: PLC0415
    except ImportError:
        raise missing("pymodbus", "plc") from None
    address = urlsplit(told.url)
    # It must not connect by itself, nor repeat a question behind a turn's back.
    if address.scheme == "tcp":
        return AsyncModbusTcpClient(
            address.hostname or "",
            port=address.port or TCP_PORT,
            timeout=told.timeout,
            retries=0,
            reconnect_delay=0,
        )
    try:
        return AsyncModbusSerialClient(
            address.path,
            baudrate=told.baudrate,
            parity=told.parity[0].upper(),
            stopbits=told.stop_bits,
            timeout=told.timeout,
            retries=0,
            reconnect_delay=0,
        )
    except RuntimeError:
        raise missing("pyserial", "plc") from None
