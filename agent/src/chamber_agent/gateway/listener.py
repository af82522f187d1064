"""What is heard of the nodes: each message goes to the values it carries; what is unfit is set aside and counted."""

import logging
from collections.abc import Mapping

from ..link.errors import Cause, Failure
from ..link.packets import Published, Received
from ..link.session import Up
from ..speech.advice import ADVICE
from .box import Box
from .directory import Directory, Route, Value
from .payloads import BadPayload, Payload

_LOGGER = logging.getLogger(__name__)


class Listener:
    """Listens to the nodes' broker, in the event loop."""

    def __init__(self, directory: Directory, boxes: Mapping[str, Box]) -> None:
        self._directory = directory
        self._boxes = boxes
        self._spoiled: set[tuple[str, str]] = set()
        self.heard = 0

    def link_up(self, up: Up) -> None:
        """Tell what cannot be heard."""
        for refused in up.refused:
            _LOGGER.error("the nodes' broker refuses %s: check its access list", refused)
        _LOGGER.info("connected to the nodes' broker with MQTT %s", up.version.value)

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """Tell; the nodes' values grow old by themselves."""
        if failure.cause is not Cause.STOPPED:
            advice = ADVICE[failure.cause].replace("the broker's URL", "[local]")
            _LOGGER.warning("nodes' broker: %s; next try in %.0f s. %s", failure, retry_in, advice)

    def link_published(self, published: Published) -> None:
        """Report what the broker refused to take."""
        if published.failure:
            _LOGGER.warning("the nodes' broker refused a command: %s", published.failure)

    def link_received(self, message: Received) -> None:
        """Hand each value on to its node."""
        route = self._directory.route(message.topic)
        if route is None:
            return
        self.heard += 1
        payload = Payload(message.payload)
        box = self._boxes[route.node.id]
        for value in route.values:
            try:
                said = value.read(payload)
            except BadPayload as error:
                self._set_aside(route, value, error)
            else:
                box.hear(value.key, said, retained=message.retained)
                if self._spoiled:
                    self._spoiled.discard((route.node.id, value.key))

    def _set_aside(self, route: Route, value: Value, error: BadPayload) -> None:
        """Count, and tell once until the value is right again."""
        self._directory.flaws[error.flaw] += 1
        spoiled = route.node.id, value.key
        if spoiled not in self._spoiled:
            self._spoiled.add(spoiled)
            _LOGGER.warning("%s: %s is set aside: %s", route.node.id, value.key, error)
