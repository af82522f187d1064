"""What a person can do about a link that does not come up, by cause."""

from collections.abc import Mapping
from types import MappingProxyType

from ..link.errors import Cause

ADVICE: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.CANNOT_RESOLVE: "Check the host's name in the broker's URL, and this machine's DNS.",
        Cause.CONNECTION_REFUSED: "Check host and port in the broker's URL, and that the broker runs.",
        Cause.TIMEOUT: "Check host and port in the broker's URL, and any firewall between.",
        Cause.TLS_FAILED: "Check that the port speaks TLS, and that the trusted CA signed its certificate.",
        Cause.NOT_WEBSOCKET: "Check the port: it must be the broker's WebSocket listener.",
        Cause.WRONG_PATH: "Check the path in the broker's URL: /mqtt, /ws and / are common.",
        Cause.INVALID_AUTH: "Check the username, and the password in its file.",
        Cause.NOT_AUTHORIZED: "Check the broker's access list: may this user speak for this gateway's id?",
        Cause.INVALID_CLIENT_ID: "The broker admits certain client ids only; this agent chooses its own.",
        Cause.TAKEN_OVER: "Another client has this client id: does a second agent run with this gateway's id?",
        Cause.UNSUPPORTED_PROTOCOL: "Check that the server behind the URL is an MQTT broker.",
        Cause.SILENT: "Check that the server behind the URL is an MQTT broker, and not overloaded.",
        Cause.NO_GREETING: "Check username and password: some brokers just hang up on a wrong one.",
        Cause.UNAVAILABLE: "The broker is busy, or the proxy before it has lost it.",
        Cause.PROTOCOL_ERROR: "Check that the server behind the URL is an MQTT broker.",
        Cause.TOO_LARGE: "The broker refuses messages of this size: raise its limit.",
        Cause.LOST: "The network or the broker ended the connection.",
        Cause.STOPPED: "",
    }
)
