"""The daemon under attack: default settings, an empty directory, loopback."""

import os
import secrets
import signal
import socket
import subprocess
from pathlib import Path

from . import tls
from .errors import NotRun

START_SECONDS = 60
CALL_SECONDS = 60
STOP_SECONDS = 30


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """A daemon in a folder of its own, and the command line as its honest client."""

    def __init__(self, program: Path, folder: Path, certificate: tls.Certificate | None):
        self.program = program
        self.port = free_port()
        self._folder = folder
        self._log = folder / "daemon.log"
        self.address = f"http://127.0.0.1:{self.port}"
        arguments = ["--data", str(folder / "data"), "--listen", f"127.0.0.1:{self.port}"]
        if certificate is not None:
            # What TLS costs an honest client is none of the attack: they come over a Unix socket.
            self.address = f"unix:{folder / 'socket'}"
            arguments += ["--listen", self.address, "--config", str(self._configuration(certificate))]
        self._process = self._start(arguments)
        try:
            self.run("status", "--wait", str(START_SECONDS))
        except NotRun:
            self.stop()
            raise

    def _configuration(self, certificate: tls.Certificate) -> Path:
        path = self._folder / "indelible.toml"
        path.write_text(f'[tls]\ncertificate = "{certificate.chain}"\nkey = "{certificate.key}"\n')
        path.chmod(0o600)
        return path

    def _start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        passphrase = self._folder / "passphrase"
        passphrase.touch(0o600)
        passphrase.write_text(secrets.token_hex(16))
        command = [str(self.program), "serve", "--passphrase-file", str(passphrase), *arguments]
        with self._log.open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def lives(self) -> bool:
        return self._process.poll() is None

    def processor_seconds(self) -> float:
        """Processor time that it has had, the system's included; 0 once it is gone."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def command(self, *arguments: str) -> list[str]:
        """A command line of the honest client."""
        return [str(self.program), "--address", self.address, "--quiet", *arguments]

    def asked(self, *arguments: str, content: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, whatever that is."""
        try:
            return subprocess.run(
                self.command(*arguments), input=content, capture_output=True, text=True, timeout=CALL_SECONDS
            )
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(late.cmd, 124, "", f"no answer within {CALL_SECONDS} s")

    def run(self, *arguments: str, content: str | None = None) -> str:
        """Runs a command that must succeed; what it printed."""
        done = self.asked(*arguments, content=content)
        if done.returncode != 0:
            raise NotRun(f"`indelible {' '.join(arguments)}`: {done.stderr.strip()}\n{self.log_end()}")
        return done.stdout

    def log_end(self) -> str:
        """The last lines of the daemon's log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-10:])

    def stop(self) -> int | None:
        """Asks it to end; its exit code, or nothing if it had to be killed."""
        if self.lives():
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.kill(self.pid, signal.SIGKILL)
            self._process.wait()
            return None
