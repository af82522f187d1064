"""`scripts/fuzz [TARGET…] [--minutes N]`: feed garbage to whatever reads bytes of others, one target after another.

A finding is an exception that the target does not declare, something that does not hold, or an answer that takes
seconds. Its input is kept, and `scripts/fuzz TARGET --input FILE` shows it again. What was learnt is kept below
`.workshop/fuzz/`, so that the next run goes on from there.
"""

import argparse
import os
import subprocess
from pathlib import Path

from ..machine import environments
from ..places import ROOT, SCRIPTS, WORKSHOP
from ..progress import WorkshopError, say, warn
from ..shell import child_environment, tail
from . import alone, seeds

INSIDE = "CHAMBER_WS_FUZZ_INSIDE"
FOLDER = WORKSHOP / "fuzz"
_ANSWERS_WITHIN = 5
"""Seconds, of an input as long as the longest."""
_MEGABYTES = 2048


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(seeds.NAMES)
    parser.add_argument("target", nargs="*", help=f"{names}; all where none is named")
    parser.add_argument("--minutes", type=float, default=1.0, help="of each (%(default)g)")
    parser.add_argument("--input", type=Path, help="feed this file to one target, once")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Fuzz what was asked for; 1 where something was found."""
    options = parse(arguments)
    if unknown := set(options.target) - set(seeds.NAMES):
        raise WorkshopError(
            f"there is no target {min(unknown)}; there are: {', '.join(seeds.NAMES)}"
        )
    if os.environ.get(INSIDE) == "1":
        return alone.fuzz(options.target[0], FOLDER)
    wanted = options.target or list(seeds.NAMES)
    program = environments.ready("fuzz").program("python")
    if options.input is not None:
        return _once(program, wanted, options.input)
    found = [name for name in wanted if not _clean(program, name, options.minutes)]
    if found:
        warn(f"\nfound something: {', '.join(found)}")
    return 1 if found else 0


def _once(program: Path, wanted: list[str], path: Path) -> int:
    if len(wanted) != 1:
        raise WorkshopError("an input is fed to one target: name it")
    if not path.is_file():
        raise WorkshopError(f"there is no {path}")
    command = [str(program), "-c", alone.ONCE, str(SCRIPTS), wanted[0], str(path.resolve())]
    code = subprocess.run(command, cwd=ROOT, env=child_environment(), check=False).returncode
    say("nothing is wrong with it" if code == 0 else "that is the finding")
    return 1 if code else 0


def _clean(program: Path, name: str, minutes: float) -> bool:
    """Fuzz one target; tell whether nothing was found."""
    folder = FOLDER / name
    seeds.sow(name, folder)
    before = set(folder.glob("found-*"))
    command = [str(program), str(SCRIPTS / "fuzz"), name]
    settings = {
        INSIDE: "1",
        alone.OPTIONS: f"-max_total_time={max(1, round(60 * minutes))} -timeout={_ANSWERS_WITHIN} "
        f"-rss_limit_mb={_MEGABYTES} -max_len={seeds.LONGEST} -print_final_stats=1",
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=child_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    (folder / "log").write_text(done.stdout)
    if done.returncode == 0:
        say(f"{name:10} {_runs(done.stdout):>9} inputs, nothing found")
        return True
    say(f"{name:10} {_runs(done.stdout):>9} inputs, ended with {done.returncode}")
    warn(tail(done.stdout))
    for path in sorted(set(folder.glob("found-*")) - before):
        say(f"once more: scripts/fuzz {name} --input {path.relative_to(ROOT)}")
    return False


def _runs(output: str) -> str:
    """How many inputs were tried, by libFuzzer's own count."""
    _before, _name, after = output.rpartition("stat::number_of_executed_units:")
    return after.split()[0] if after else "?"
