"""Certificates for the daemon and for an honest client, made by `openssl`."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"
# The name in the certificate of the honest client.
HONEST = "honest.test"


def client_context() -> ssl.SSLContext:
    """TLS as an attacker speaks it: without a certificate, and without asking who the daemon is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


@dataclass(frozen=True)
class Certificates:
    """Where the files are."""

    authority: Path
    certificate: Path
    key: Path
    client_certificate: Path
    client_key: Path


def make(folder: Path) -> Certificates:
    """An authority, and a certificate of it for each side."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    _new_key(authority_key)
    _openssl("req", "-x509", "-key", authority_key, "-out", authority, "-days", DAYS, "-subj", "/CN=authority")
    certificate, key = _issued(folder, "daemon", "IP:127.0.0.1", authority, authority_key)
    client_certificate, client_key = _issued(folder, "client", f"DNS:{HONEST}", authority, authority_key)
    return Certificates(authority, certificate, key, client_certificate, client_key)


def _issued(folder: Path, name: str, subject: str, authority: Path, authority_key: Path) -> tuple[Path, Path]:
    certificate, key, request = (folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName={subject}\nextendedKeyUsage=serverAuth,clientAuth\n")
    _new_key(key)
    _openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}")
    signer = ("-CA", authority, "-CAkey", authority_key, "-CAcreateserial")
    _openssl("x509", "-req", "-in", request, "-out", certificate, "-days", DAYS, "-extfile", extensions, *signer)
    return certificate, key


def _new_key(path: Path) -> None:
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    path.chmod(0o600)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
