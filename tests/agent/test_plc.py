"""A PLC by Modbus: the real client against real servers on loopback, one with a box behind it."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import threading
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsResponse
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.doubles import Audience, Machine, box
from chamber_agent.chamber.model import Action, Mode
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, wiring
from chamber_agent.hardware.plc import FIRST_WAIT, LONGEST_WAIT, Line, Plc
from chamber_agent.hardware.simulated import Box, Simulated
from chamber_agent.hardware.wired import Bench
from chamber_agent.kept import Target
from chamber_agent.loop import Loop
from chamber_agent.samples import Place
from chamber_agent.simulation import plc as simulated
from chamber_agent.simulation.plc import SimulatedPlc

COUNTS = (1, 2, 2)
DRIVE = Drive((0.0,), (0.5, 1.0), (1.0, 1.0))


def device() -> SimDevice:
    """A PLC of 64 of everything."""
    bits = [SimData(0, values=[False] * 64, datatype=DataType.BITS) for _ in range(2)]
    words = [SimData(0, values=[0] * 64, datatype=DataType.REGISTERS) for _ in range(2)]
    return SimDevice(1, simdata=([bits[0]], [bits[1]], [words[0]], [words[1]]))


@asynccontextmanager
async def serving(port: int = 0) -> AsyncIterator[ModbusTcpServer]:
    """A Modbus server on loopback."""
    server = ModbusTcpServer(device(), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield server
    finally:
        await server.shutdown()


def port_of(server: ModbusTcpServer) -> int:
    return simulated._port(server.transport)


def told(port: int, **changes: Any) -> wiring.Plc:
    return wiring.Plc(**{"url": f"tcp://127.0.0.1:{port}", "timeout": 0.5, **changes})


def value(**changes: Any) -> wiring.Value:
    return wiring.Value(**{"driver": "register", "address": 10, **changes})


async def test_coils_registers_and_inputs_are_switched_and_read() -> None:
    async with serving() as server:
        line = Line(told(port_of(server)))
        plc = Plc(line, 1)
        await plc.coil(3, True)
        await plc.write(7, 750)
        await server.async_setValues(1, 2, 5, [True])
        assert await server.async_getValues(1, 1, 3, 1) == [True]
        assert await server.async_getValues(1, 3, 7, 1) == [750]
        assert (await plc.discrete(5), await plc.discrete(6)) == (True, False)
        await line.close()


async def test_an_answer_without_the_input_asked_for_is_an_error_of_the_hardware(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line(told(502))

    async def answer(*_: object) -> ModbusPDU:
        return ReadDiscreteInputsResponse()

    monkeypatch.setattr(line, "ask", answer)
    with pytest.raises(HardwareError, match=r"discrete input 5: none came"):
        await Plc(line, 1).discrete(5)


async def test_a_connection_that_cannot_even_be_closed_is_waited_for_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line(told(502), lambda: 0.0)

    async def connect() -> bool:
        return False

    monkeypatch.setattr(line._client, "connect", connect)
    monkeypatch.setattr(line._client, "close", lambda: 1 / 0)
    for _ in range(2):
        with pytest.raises(HardwareError, match="cannot be connected: check address"):
            await Plc(line, 1).coil(0, True)
    assert line._not_before == FIRST_WAIT


@pytest.mark.parametrize("word_order", ["big", "little"])
@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("int16", -512),
        ("uint16", 65_000),
        ("int32", -70_000),
        ("uint32", 3_000_000_000),
        ("float32", 4.5),
    ],
)
async def test_numbers_are_read_as_the_plc_writes_them(
    kind: str, raw: float, word_order: Any
) -> None:
    words = ModbusClientMixin.convert_to_registers(
        raw, ModbusClientMixin.DATATYPE[kind.upper()], word_order
    )
    async with serving() as server:
        await server.async_setValues(1, 4, 10, words)
        line = Line(told(port_of(server)))
        read = value(
            type=wiring.Number(kind),
            table=wiring.Table.INPUT,
            word_order=word_order,
            scale=0.01,
            offset=1.0,
        )
        assert await Plc(line, 1).value(read) == pytest.approx(raw * 0.01 + 1.0)
        await line.close()


async def test_an_address_that_is_not_there_is_refused_with_what_to_check() -> None:
    async with serving() as server:
        line = Line(told(port_of(server)))
        with pytest.raises(HardwareError, match=r"holding register 500: refused .*counts from 1"):
            await Plc(line, 1).value(value(address=500))
        await Plc(line, 1).coil(0, True)
        await line.close()


@pytest.mark.lasting
async def test_a_plc_that_is_not_there_is_tried_again_after_longer_and_longer() -> None:
    async with serving() as server:
        port = port_of(server)
    now = [100.0]
    line = Line(told(port), lambda: now[0])
    plc = Plc(line, 1)
    wait = FIRST_WAIT
    attempts = list[float]()
    connect = line._client.connect

    async def counted() -> bool:
        attempts.append(now[0])
        return await connect()

    line._client.connect = counted  # type: ignore[method-assign]
    for _ in range(7):
        with pytest.raises(HardwareError, match="cannot be connected: check address"):
            await plc.coil(0, True)
        assert attempts.pop() == now[0]
        now[0] += wait - 0.01
        with pytest.raises(HardwareError, match="cannot be connected: check address"):
            await plc.coil(0, True)
        assert attempts == []
        now[0] += 0.02
        wait = min(LONGEST_WAIT, 2 * wait)
    async with serving(port) as again:
        now[0] += LONGEST_WAIT
        await plc.coil(0, True)
        assert await again.async_getValues(1, 1, 0, 1) == [True]
    assert wait == LONGEST_WAIT


async def test_a_plc_that_says_nothing_is_given_up_and_asked_on_a_new_connection() -> None:
    connections: list[asyncio.StreamWriter] = []
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    now = [0.0]
    plc = Plc(Line(told(server.sockets[0].getsockname()[1], timeout=0.1), lambda: now[0]), 1)
    for expected in (1, 2):
        with pytest.raises(HardwareError, match=r"coil 0: no answer"):
            await plc.coil(0, True)
        assert len(connections) == expected
        now[0] += LONGEST_WAIT
    server.close()


async def test_a_question_that_was_given_up_leaves_no_answer_for_the_next() -> None:
    async with serving() as server:
        line = Line(told(port_of(server)), lambda: 0.0)
        plc = Plc(line, 1)
        await plc.write(10, 5)
        late = asyncio.create_task(plc.value(value()))
        await asyncio.sleep(0)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert not line._client.connected


def test_a_missing_library_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymodbus.client", None)
    with pytest.raises(HardwareError, match=r"pip install 'chamber-agent\[plc\]'"):
        Line(told(502))


@contextmanager
def null_modem() -> Any:
    """Two serial ports joined by a cable, by their names."""
    ends = [os.openpty() for _ in range(2)]
    for _, port in ends:
        tty.setraw(port, termios.TCSANOW)
    stop = threading.Event()

    def carry(source: int, target: int) -> None:
        while not stop.is_set():
            try:
                os.write(target, os.read(source, 256))
            except OSError:
                return

    (first, _), (second, _) = ends
    for pair in ((first, second), (second, first)):
        threading.Thread(target=carry, args=pair, daemon=True).start()
    yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    stop.set()


async def test_a_plc_on_a_serial_line() -> None:
    with null_modem() as (here, there):
        server = ModbusSerialServer(device(), port=there, baudrate=19_200, parity="N")
        await server.serve_forever(background=True)
        line = Line(wiring.Plc(url=f"rtu://{here}", parity="none", timeout=1.0))
        plc = Plc(line, 1)
        await plc.write(10, 777)
        assert await plc.value(value()) == 777.0
        await line.close()
        await server.shutdown()


async def test_a_serial_port_that_is_not_there_is_told() -> None:
    line = Line(wiring.Plc(url="rtu:///dev/no-such-port", timeout=0.2))
    with pytest.raises(HardwareError, match=r"no-such-port: cannot be connected"):
        await Plc(line, 1).write(0, 1)


async def test_whatever_goes_wrong_on_the_line_is_an_error_of_the_hardware() -> None:
    async with serving() as server:
        line = Line(told(port_of(server)))

        async def torn(client: object) -> Any:
            raise OSError("the cable was pulled")

        with pytest.raises(HardwareError, match=r"coil 0: no answer .the cable was pulled"):
            await line.ask("coil 0", torn)


class Register:
    """Numbers for samples."""

    seq = 0

    def next(self, chamber: str) -> Place:
        """The next."""
        self.seq += 1
        return Place("k3f9", self.seq)

    def begin_epoch(self, chamber: str) -> None:
        """Never."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The PLC's clock; its program scans when told, not by itself."""
    monkeypatch.setattr(simulated, "SCAN", 3600.0)
    return [1000.0]


def carrier(start: float = 8.0) -> Box:
    return Box(Simulated(start=start, noise=0.0, seed=1))


async def test_the_box_is_switched_through_the_plc(clock: list[float]) -> None:
    plant = carrier()
    async with SimulatedPlc(plant, COUNTS, clock=lambda: clock[0]) as plc:
        rig = Bench().rig(simulated.wiring(plc.url, COUNTS))
        assert await rig.thermometer.temperature() == pytest.approx(8.0, abs=0.1)
        await rig.actuators.drive(DRIVE)
        await plc.scan()
        assert plant.inputs.coolers == (0.5, 1.0)
        assert (plant.inputs.inside_fan, plant.inputs.outside_fan) == (1.0, 1.0)
        plant.open_door()
        await plc.scan()
        await rig.close()


async def test_the_plc_switches_off_when_the_agent_falls_silent(clock: list[float]) -> None:
    plant = carrier()
    async with SimulatedPlc(plant, COUNTS, clock=lambda: clock[0]) as plc:
        rig = Bench().rig(simulated.wiring(plc.url, COUNTS))
        for _ in range(8):
            await rig.actuators.drive(DRIVE)
            await plc.scan()
            assert plant.inputs.coolers == (0.5, 1.0)
            clock[0] += 1.0
        clock[0] += simulated.PATIENCE
        await plc.scan()
        assert plc.bitten
        assert plant.inputs.coolers == (0.0, 0.0)
        await rig.actuators.drive(DRIVE)
        await plc.scan()
        assert plant.inputs.coolers == (0.5, 1.0)
        await rig.close()


def loop_of(plc_url: str, machine: Machine) -> Loop:
    """The agent's own loop, wired to a PLC."""
    told = simulated.wiring(plc_url, COUNTS)
    chamber = box(fans=("Fan 1", "Fan 2"), hardware=told)
    rig = Bench().rig(told)
    target = Target(5.0, Mode.COOL)
    return Loop(chamber, rig, target, Audience(), machine.clocks(), Register())


@pytest.mark.lasting
async def test_the_agents_loop_cools_a_box_through_the_plc(clock: list[float]) -> None:
    machine = Machine()
    async with SimulatedPlc(carrier(12.0), COUNTS, clock=lambda: clock[0]) as plc:
        loop = loop_of(plc.url, machine)
        for _ in range(300):
            sample = await loop.turn()
            clock[0] += 2.0
            machine.passes(2.0)
            await plc.scan()
        assert sample.action is Action.COOLING
        assert sample.temperature is not None
        assert sample.temperature < 9.0
        await loop._rig.close()


@pytest.mark.lasting
async def test_a_plc_that_goes_away_is_a_fault_and_is_taken_up_again(clock: list[float]) -> None:
    machine = Machine()
    async with SimulatedPlc(carrier(12.0), COUNTS, clock=lambda: clock[0]) as plc:
        loop = loop_of(plc.url, machine)
        assert (await loop.turn()).reason != "actuator_fault"
        port = int(plc.url.rpartition(":")[2])
    lost = [await loop.turn() for _ in range(2)]
    assert {sample.reason for sample in lost} == {"actuator_fault"}
    assert lost[-1].temperature is None
    async with SimulatedPlc(carrier(12.0), COUNTS, port, lambda: clock[0]) as plc:
        async with asyncio.timeout(20):
            while (await loop.turn()).reason == "actuator_fault":
                await asyncio.sleep(0.1)
    await loop._rig.close()


async def test_a_port_that_is_taken_is_told() -> None:
    async with SimulatedPlc(carrier(), COUNTS) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(HardwareError, match="cannot listen at tcp://127"):
            async with SimulatedPlc(carrier(), COUNTS, port):
                pass
