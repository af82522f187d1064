"""What is started is ended: by stopping it, and with the process that started it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from workshop.parts.processes import Process, ProcessError
from workshop.places import SCRIPTS

PATIENT = "import subprocess, sys, time; {}; print('ready', flush=True); time.sleep(60)"
CHILD = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"


def started(tmp_path: Path, code: str) -> Process:
    process = Process("patient", [sys.executable, "-c", code], tmp_path / "log")
    process.wait_until(lambda: "ready" in process.output(), "it is ready", 20)
    return process


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while not gone(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.01)


def test_stopping_ends_also_what_it_started(tmp_path: Path) -> None:
    process = started(tmp_path, PATIENT.format(f"{CHILD}; print(child.pid)"))
    child = int(process.output().split()[0])
    process.stop()
    assert process.exit_code() == -signal.SIGTERM
    wait_for_end(child)


def test_one_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    process = started(tmp_path, PATIENT.format(ignore))
    process.stop(timeout=0.1)
    assert process.exit_code() == -signal.SIGKILL


def test_an_early_end_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('why'); raise SystemExit(3)"]
    with (
        pytest.raises(ProcessError, match=r"(?s)listening: patient ended with 3.*why"),
        Process("patient", command, tmp_path / "log") as process,
    ):
        process.wait_until(lambda: False, "listening", 20)


def test_waiting_has_an_end(tmp_path: Path) -> None:
    late = pytest.raises(ProcessError, match="never: not within 0 s; patient is still running")
    with started(tmp_path, PATIENT.format("pass")) as process, late:
        process.wait_until(lambda: False, "never", 0.05)


def test_the_log_of_an_earlier_start_is_not_mistaken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("ready long ago\n")
    with started(tmp_path, PATIENT.format("pass")) as process:
        assert process.output() == "ready\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_nothing_stays_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        sys.path.insert(0, {str(SCRIPTS)!r})
        from pathlib import Path
        from workshop.parts.processes import Process
        process = Process("child", ["sleep", "60"], Path({str(tmp_path)!r}) / "log")
        print(process.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        deadline = time.monotonic() + 10
        while "sleep" not in Path(f"/proc/{child}/cmdline").read_text().split("\0")[0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        parent.kill()
    wait_for_end(child)
