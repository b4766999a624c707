"""Starts ``countersign dev`` for the suite, on free ports and with data of its own, and stops it."""

import os
import random
import socket
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

# The system is on loopback, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


@dataclass(frozen=True)
class System:
    """Where the running system is."""

    issuer: str
    api: str


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    """The system, running for all tests."""
    program = os.environ.get("COUNTERSIGN_BIN")
    assert program, "COUNTERSIGN_BIN must name the program; `cargo xtask test` sets it"
    base = free_ports()
    data = tmp_path_factory.mktemp("countersign")
    log = (data / "log").open("w+")
    command = [program, "dev", "--port", str(base), "--data", str(data / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        said = read_until("Ctrl-C", process.stdout)
        assert "Ctrl-C" in said[-1], "".join(said) + (data / "log").read_text()
        yield System(issuer=f"http://localhost:{base}", api=f"http://localhost:{base + 3}")
        process.terminate()
        process.communicate()
    assert process.returncode == 0, (data / "log").read_text()


@contextmanager
def serving(folder, configuration):
    """``countersign serve`` by that configuration, for as long as the block lasts."""
    (folder / "server.toml").write_text(configuration)
    command = [os.environ["COUNTERSIGN_BIN"], "serve", "--config", str(folder / "server.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        said = read_until(" serving ", process.stderr)
        assert " serving " in said[-1], "".join(said)
        # Somebody has to read on, or the full pipe would stop the server.
        reader = threading.Thread(target=lambda: said.extend(process.stderr))
        reader.start()
        yield
        process.terminate()
        reader.join()
    assert process.returncode == 0, "".join(said)


def read_until(words, stream):
    """The lines up to the one with these words, or all of them and an empty one."""
    said = []
    for line in stream:
        said.append(line)
        if words in line:
            return said
    return [*said, ""]


def free_port():
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_ports():
    """The first of four free ports in a row."""
    for _ in range(100):
        base = random.randrange(20_000, 50_000)
        if all(is_free(base + offset) for offset in range(4)):
            return base
    raise AssertionError("no four free ports in a row after 100 tries")


def is_free(port):
    """Whether a port is free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
