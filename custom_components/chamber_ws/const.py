"""Names and defaults that more than one room of the integration needs."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "chamber_ws"
EVENT: Final = "chamber_ws_event"
"""What happened to a chamber, for the logbook, on Home Assistant's bus."""

SUBENTRY_CHAMBER: Final = "chamber"
"""The type of a subentry that maps a chamber which does not speak the contract."""

CONF_PREFIX: Final = "prefix"
CONF_ADVANCED: Final = "advanced"
CONF_KEEPALIVE: Final = "keepalive"
CONF_CA_CERTIFICATE: Final = "ca_certificate"
CONF_CLIENT_CERTIFICATE: Final = "client_certificate"
CONF_CLIENT_KEY: Final = "client_key"
CONF_ALTERNATE_URLS: Final = "alternate_urls"
CONF_SESSION_EXPIRY: Final = "session_expiry"
CONF_MAXIMUM_QOS: Final = "maximum_qos"
CONF_SUBPROTOCOL: Final = "subprotocol"
CONF_SERVER_NAME: Final = "server_name"
CONF_SPOKEN_PROTOCOL: Final = "spoken_protocol"
CONF_DISMISSED: Final = "dismissed"
CONF_SET_ASIDE: Final = "set_aside"

PROTOCOL_AUTO: Final = "auto"
DEFAULT_KEEPALIVE: Final = 30
DEFAULT_SESSION_EXPIRY: Final = 3600
LONGEST_SESSION_EXPIRY: Final = 7 * 24 * 3600
DEFAULT_MAXIMUM_QOS: Final = 2
NO_SUBPROTOCOL: Final = "none"

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CLIMATE,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
)
