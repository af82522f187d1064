"""The secrets and certificates that the broker's configuration points to, read from their files."""

import logging
import os
import ssl
from pathlib import Path

from ..config import Broker
from ..errors import ConfigError

_LOGGER = logging.getLogger(__name__)
_READABLE_BY_OTHERS = 0o004


def password(broker: Broker) -> str | None:
    """Return the broker's password, without the line's end. Raises `ConfigError`."""
    return secret(broker.password_file, "broker.password_file")


def secret(path: Path | None, key: str) -> str | None:
    """Return what a file holds that the setting `key` points to, without the line's end. Raises `ConfigError`."""
    if path is None:
        return None
    file = found(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{key}: {_reason(error)}: {file}"]) from None
    if file.stat().st_mode & _READABLE_BY_OTHERS:
        _LOGGER.warning("%s: every user can read %s: chmod 600 it", key, file)
    return text.removesuffix("\n").removesuffix("\r")


def tls(broker: Broker) -> ssl.SSLContext | None:
    """Return what a `wss` broker is verified with; None for `ws`. Raises `ConfigError`."""
    if not any(url.startswith("wss:") for url in broker.urls):
        return None
    context = _verifier(broker.ca_file)
    if broker.client_certificate_file:
        try:
            key = broker.client_key_file and found(broker.client_key_file)
            context.load_cert_chain(broker.client_certificate_file, key)
        except (OSError, ssl.SSLError) as error:
            problem = f"{_reason(error)}: {broker.client_certificate_file}"
            raise ConfigError([f"broker.client_certificate_file: {problem}"]) from None
    return context


def found(secret: Path) -> Path:
    """Return where a secret lies: among systemd's credentials under its name, else where it is said to."""
    passed = Path(os.environ.get("CREDENTIALS_DIRECTORY", "")) / secret.name
    return passed if "CREDENTIALS_DIRECTORY" in os.environ and passed.is_file() else secret


def _verifier(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError([f"broker.ca_file: {_reason(error)}: {ca_file}"]) from None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"no usable PEM file ({error.reason or error})"
    return str(getattr(error, "strerror", None) or error)
