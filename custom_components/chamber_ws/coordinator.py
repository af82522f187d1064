"""The middle of the line. `receive`: decode, fold, tell. What is asked of chambers goes through the `commander`."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PROTOCOL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from . import endpoint
from .census import Census, Change
from .chamber import topics, wire
from .chamber.messages import (
    Announce,
    EventMessage,
    Message,
    MetaMessage,
    Reply,
    ReplyMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from .chamber.model import Address, Receipt
from .commander import Commander
from .connection import Connection, by_name, greeting
from .const import (
    CONF_SPOKEN_PROTOCOL,
    DOMAIN,
    PROTOCOL_AUTO,
)
from .inquiry import Inquiry
from .link import retry
from .link.errors import Cause, Failure, LinkError
from .link.link import Link
from .link.packets import Greeting, Publication, Published, Received, Version
from .link.session import Up
from .link.transport import CLOSE_WITHIN
from .mapping.hearing import Hearing
from .options import Options
from .record.clerk import Clerk
from .record.upkeep import Allowance
from .telling.herald import Herald, View
from .telling.restraint import Sparing

LINK = "link"
REPLY = f"/{topics.Kind.REPLY}"
HISTORY = f"/{topics.Kind.HISTORY}"
SWEEP = timedelta(seconds=1)
RATE_OVER = 30.0
STOP_WITHIN = 2 * CLOSE_WITHIN
HANGS_UP = frozenset({Cause.LOST, Cause.NOT_AUTHORIZED, Cause.PROTOCOL_ERROR, Cause.TIMEOUT})

_LOGGER = logging.getLogger(__name__)


class Watcher(Protocol):
    """Who follows all chambers, rather than one."""

    def chamber_changed(self, change: Change) -> None:
        """A chamber said something."""

    def gateway_changed(self, gateway: str) -> None:
        """A gateway said something."""


class Archive(Protocol):
    """Who asks chambers for what was missed."""

    def wants(self, payload: bytes) -> bool:
        """Whether a payload, not parsed yet, names a question that waits."""

    def take(self, address: Address, payload: bytes) -> None:
        """A batch of history arrived."""

    def replied(self, address: Address, reply: Reply) -> bool:
        """A reply arrived; False where it answers no question."""


class LinkWatcher(Protocol):
    """Who follows the link rather than what comes over it; told after the coordinator dealt with it."""

    def link_up(self, up: Up) -> None:
        """The connection stands."""

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """A connection ended, or could not be made; `retry_in` is not 0 where all there is to try was tried."""


class Coordinator:
    """One broker link and all chambers on it.

    Entities listen to its `herald`: for a chamber's address, a gateway's id or `LINK`.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, connection: Connection) -> None:
        options = Options.of(entry.options)
        self.hass = hass
        self.entry = entry
        self.connected = False
        self.connected_at: float | None = None
        """Since when the connection stands, or when the last one began; in monotonic seconds."""
        self.failure: Failure | None = None
        self.version: Version | None = None
        self.round_trip: float | None = None
        self.message_rate: float | None = None
        self.refused: tuple[str, ...] = ()
        self._loss_was_said = False
        self.watchers: list[Watcher] = []
        self.link_watchers: list[LinkWatcher] = []
        self.forgetting: list[Callable[[Address], None]] = []
        self.freshness_watchers: list[Callable[[Address, bool], None]] = []
        self.surplus_watchers: list[Callable[[int], None]] = []
        """Told how many chambers announce themselves beyond those that are admitted."""
        self.census = Census(
            prefix=connection.prefix,
            most=options.most_chambers,
            heartbeat=options.heartbeat,
        )
        self.sparing = Sparing(deadband=options.resolution, interval=options.minimum_interval)
        self._url = endpoint.shown(connection.url)
        self._prefix = connection.prefix
        self.commander = Commander(self.census.chambers, self._prefix, self._publish)
        path, allowance = record_path(hass, entry.entry_id), Allowance.of(options)
        self.clerk = Clerk(hass, entry, path, self._prefix, allowance=allowance)
        self.archive: Archive | None = None
        self._inquiry = Inquiry()
        recorded = "recorder" in hass.config.components
        self.herald = Herald(hass.loop, self._view, recorded=recorded)
        self.followed: set[Address] = set()
        """Whose samples somebody watches: they leave for the dashboards before entities are written."""
        self._fresh: dict[Address, bool] = {}
        self._sent_at: dict[int, float] = {}
        self._rate_since = (time.monotonic(), 0)
        self._surplus = 0
        self._link = Link(
            connection.dials,
            connection.settings,
            self._greeting,
            self,
            outlook=_outlook(entry),
            chance=random.random,
        )
        self.hearing = Hearing(self._link)
        self._living: asyncio.Task[None] | None = None
        self._stop_sweeping: CALLBACK_TYPE | None = None

    # Life

    def start(self) -> None:
        """Begin to live; connecting goes on in the background, for as long as it takes."""
        self._living = self.entry.async_create_background_task(
            self.hass, self._link.run(), "chamber_ws link"
        )
        self._stop_sweeping = async_track_time_interval(
            self.hass, self._sweep, SWEEP, cancel_on_shutdown=True
        )

    async def stop(self) -> None:
        """Take leave of the broker and leave nothing running."""
        if self._stop_sweeping is not None:
            self._stop_sweeping()
            self._stop_sweeping = None
        self.herald.close()
        living, self._living = self._living, None
        if living is None:
            return
        self._link.stop()
        _done, unfinished = await asyncio.wait({living}, timeout=STOP_WITHIN)
        for task in unfinished:
            task.cancel()

    # Telling

    def fresh(self, address: Address) -> bool:
        """Whether a chamber's sample may be shown as true."""
        return self._fresh.get(address, False)

    def _view(self, address: Address) -> View | None:
        chamber = self.census.chambers.get(address)
        return None if chamber is None else View(chamber, self.fresh(address))

    @callback
    def _sweep(self, _now: datetime) -> None:
        """A sample grows old by itself: nothing arrives that says so."""
        monotonic = time.monotonic()
        for address in tuple(self.census.chambers):
            if self.census.fresh(address, monotonic) != self._fresh.get(address, False):
                self._refresh_freshness(address)
                self.herald.changed(address)
        self._measure_rate(monotonic)
        if self.connected:
            missing = self._inquiry.missing(self.census.chambers, monotonic)
            self._link.subscribe(by_name(topic.spell(self._prefix) for topic in missing))
        if (surplus := len(self.census.surplus)) != self._surplus:
            self._surplus = surplus
            for told in self.surplus_watchers:
                told(surplus)

    def _measure_rate(self, monotonic: float) -> None:
        since, before = self._rate_since
        if monotonic - since >= RATE_OVER:
            received = self.census.tally["received"]
            self.message_rate = (received - before) / (monotonic - since)
            self._rate_since = (monotonic, received)
            self.herald.tell(LINK)

    # Receiving

    def link_received(self, message: Received) -> None:
        """A message arrived from the broker."""
        if not self.hearing.hears(message):
            self.receive(message.topic, message.payload, retained=message.retained)

    def receive(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """Decode a message, fold it into what is known, and tell whom it concerns.

        Several Home Assistants may share a broker: an answer to somebody else's question is not even parsed.
        """
        if topic.endswith(HISTORY):
            self._receive_past(topic, payload)
            return
        if topic.endswith(REPLY) and not self._awaits(payload):
            self.census.tally.update(("received", "foreign_reply"))
            return
        message = self.census.decode(topic, payload)
        if message is not None:
            self.dispatch(message, Receipt(time.time(), time.monotonic(), retained))

    def _receive_past(self, topic: str, payload: bytes) -> None:
        """History was asked for, or is dropped undecoded."""
        self.census.tally["received"] += 1
        if self.archive is None or not self.archive.wants(payload):
            self.census.tally["foreign_history"] += 1
        elif (address := topics.chamber_of(topic, self._prefix)) is not None:
            self.archive.take(address, payload)

    def _awaits(self, payload: bytes) -> bool:
        asked = self.archive is not None and self.archive.wants(payload)
        return asked or self.commander.awaits(payload)

    def dispatch(self, message: Message, at: Receipt) -> None:
        """Fold a message into what is known, and tell whom it concerns."""
        match message:
            case StateMessage(address) | SpoiledMessage(address):
                self._inquiry.heard(address, topics.Kind.STATE)
                self._apply(self.census.take(message, at))
            case MetaMessage(address):
                self._inquiry.heard(address, topics.Kind.META)
                self._apply(self.census.take(message, at))
            case StatusMessage(gateway):
                self._inquiry.heard_status(gateway)
                for change in self.census.greet(message):
                    self._apply(change)
                for watcher in self.watchers:
                    watcher.gateway_changed(gateway)
                self.herald.tell(gateway)
            case ReplyMessage(address, reply):
                if not self.commander.replied(address, reply) and not (
                    self.archive and self.archive.replied(address, reply)
                ):
                    self.census.tally["foreign_reply"] += 1
            case EventMessage(address, event):
                if not at.retained and self.census.is_news(address, event):
                    self.herald.happened(address, event)

    def _apply(self, change: Change | None) -> None:
        if change is None:
            return
        address = change.after.address
        self._refresh_freshness(address)
        if change.sampled_live and change.after.sample is not None:
            self.commander.sampled(address, change.after.sample)
        for watcher in self.watchers:
            watcher.chamber_changed(change)
        self.herald.changed(address, aside=address in self.followed)

    def _refresh_freshness(self, address: Address) -> None:
        fresh = self.census.fresh(address, time.monotonic())
        if self._fresh.get(address, False) is not fresh:
            self._fresh[address] = fresh
            for told in self.freshness_watchers:
                told(address, fresh)

    def forget(self, address: Address) -> None:
        """Know a chamber no more."""
        self.census.forget(address)
        self._fresh.pop(address, None)
        self.herald.forget(address)
        for told in self.forgetting:
            told(address)

    def _publish(self, publication: Publication) -> int:
        mid = self._link.publish(publication)
        self._sent_at[mid] = time.monotonic()
        return mid

    # The link's own news

    def _greeting(self) -> Greeting:
        """Without what we can do without, where a broker hung up when it was asked: some do over a filter (AWS)."""
        failure = self.failure
        hung_up = failure is not None and failure.up_for is None and failure.cause in HANGS_UP
        return greeting(self._prefix, curious=not hung_up, further=self.hearing.subscriptions)

    def link_up(self, up: Up) -> None:
        """The broker answers: ask every gateway to say again what it is."""
        self.connected, self.failure, self.connected_at = True, None, time.monotonic()
        self.version, self.refused = up.version, up.refused
        self._loss_was_said = False
        self._sent_at.clear()
        self._inquiry.begin(self.connected_at)
        self.hearing.link_up()
        if up.refused:
            _LOGGER.warning("%s does not let us subscribe to %s", self._url, ", ".join(up.refused))
        _LOGGER.info("Connected to %s with MQTT %s", self._url, up.version.value)
        self._remember(up.version)
        topic, payload = wire.encode(Announce(), self._prefix)
        rule = topics.RULES[topics.Kind.ANNOUNCE]
        self._publish(Publication(topic, payload, rule.qos, rule.retain))
        self.herald.tell(LINK)
        for watcher in self.link_watchers:
            watcher.link_up(up)

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """There is no connection; said once, not at every attempt."""
        if failure.cause is not Cause.STOPPED and retry_in and not self._loss_was_said:
            self._loss_was_said = True
            _LOGGER.warning(
                "No connection to %s: %s; trying again until it works", self._url, failure
            )
        self.connected, self.failure = False, failure
        self.commander.interrupted()
        self.herald.tell(LINK)
        for watcher in self.link_watchers:
            watcher.link_down(failure, retry_in)

    def link_published(self, published: Published) -> None:
        """The broker has, or refused, what we published."""
        if (sent := self._sent_at.pop(published.mid, None)) is not None:
            self.round_trip = (time.monotonic() - sent) * 1000
            self.herald.tell(LINK)
        if published.failure is not None:
            self.commander.undelivered(published.mid, LinkError(published.failure))

    def _remember(self, version: Version) -> None:
        """Spare the next start a version that this broker never spoke."""
        best = retry.better(_spoken(self.entry), version)
        if self.entry.data.get(CONF_SPOKEN_PROTOCOL) != best.value:
            data = {**self.entry.data, CONF_SPOKEN_PROTOCOL: best.value}
            self.hass.config_entries.async_update_entry(self.entry, data=data)


def _outlook(entry: ConfigEntry) -> retry.Outlook:
    return retry.first(entry.data.get(CONF_PROTOCOL, PROTOCOL_AUTO), _spoken(entry))


def _spoken(entry: ConfigEntry) -> Version | None:
    """The best version of MQTT that this broker ever spoke."""
    spoken = entry.data.get(CONF_SPOKEN_PROTOCOL)
    return Version(spoken) if spoken in retry.CHOICES and spoken != PROTOCOL_AUTO else None


def record_path(hass: HomeAssistant, entry_id: str) -> Path:
    """Where an entry's record is: in the configuration folder, and so in Home Assistant's backups."""
    return Path(hass.config.path(DOMAIN, f"{entry_id}.db"))
