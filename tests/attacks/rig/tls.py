"""A certificate for the daemon, made by `openssl`, and TLS as attackers speak it."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"


@dataclass(frozen=True)
class Certificate:
    """Where the certificate and its key are."""

    chain: Path
    key: Path


def make(folder: Path) -> Certificate:
    """A certificate that vouches for itself: no attacker asks who the daemon is."""
    made = Certificate(folder / "tls.pem", folder / "tls.key")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    command = ["openssl", "req", "-x509", *kind, "-days", DAYS, *subject, "-keyout", made.key, "-out", made.chain]
    subprocess.run(command, check=True, capture_output=True)
    made.key.chmod(0o600)
    return made


def client_context() -> ssl.SSLContext:
    """Without a certificate, and without a question for the daemon's."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context
