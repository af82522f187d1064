"""Certificates for tests: made anew, for loopback or another host, by an authority of their own."""

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, as PEM text."""

    certificate: str
    key: str

    def server_context(self, folder: Path, *, clients_by: str | None = None) -> ssl.SSLContext:
        """What a server needs to speak TLS; `clients_by` is the authority of the clients it asks to identify."""
        pem = folder / "server.pem"
        pem.write_text(self.certificate + self.key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
        if clients_by is not None:
            context.load_verify_locations(cadata=clients_by)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def self_signed(
    *,
    address: str | None = None,
    host: str | None = None,
    passphrase: bytes | None = None,
    ends_in: datetime.timedelta = _DAY,
) -> Identity:
    """A certificate that is its own authority, for an address or a host; its key may be encrypted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host or address or "client")])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + ends_in)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    names: list[x509.GeneralName] = [x509.DNSName(host)] if host else []
    if address:
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(key, hashes.SHA256())
    return Identity(made.public_bytes(serialization.Encoding.PEM).decode(), _pem(key, passphrase))


def _pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    ).decode()
