"""What bench/compile and bench/runtime share: finding compilers, measuring processes, tables.

Only Python's standard library is used. Times are user + system CPU seconds of a process and all that it
waits for (os.wait4), so that a driver's children count; peak memory is the largest resident set of any of them.
The peak of a small process is never below the interpreter's own, about 16 MB.
"""

import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target" / "programs"
WORK = ROOT / "target" / "bench"
TIME_LIMIT = 300


class Failure(Exception):
    """A command failed; the message says which."""


class Sample:
    """One measured run."""

    def __init__(self, cpu, wall, peak_mb):
        self.cpu, self.wall, self.peak_mb = cpu, wall, peak_mb


class Median:
    """Collects samples of one cell of a table."""

    def __init__(self):
        self.samples, self.error = [], None

    def cpu(self):
        return statistics.median(s.cpu for s in self.samples) if self.samples else None

    def peak(self):
        return statistics.median(s.peak_mb for s in self.samples) if self.samples else None


def measure(command, cwd=None, output=None):
    """Runs a command with its standard output in a file (or nowhere); a failure raises."""
    import threading
    import time

    out = open(output, "wb") if output else subprocess.DEVNULL
    errors = WORK / f"stderr.{os.getpid()}"
    try:
        with open(errors, "wb") as err:
            start = time.monotonic()
            process = subprocess.Popen(
                [str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
            timer = threading.Timer(TIME_LIMIT, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            text = errors.read_text(errors="replace").strip().splitlines()
            shown = " ".join(str(word) for word in command)
            reason = text[0] if text else f"exit status {process.returncode}"
            raise Failure(f"{shown}: {reason}")
    finally:
        if output:
            out.close()
        errors.unlink(missing_ok=True)
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def first_on_path(names):
    return next((name for name in names if shutil.which(name)), None)


def lathe_binary():
    """The command under test: $LATHE, or the release build (made if it is not there)."""
    if "LATHE" in os.environ:
        return os.environ["LATHE"]
    binary = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "lathe"
    if not binary.exists():
        subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "lathe"], cwd=ROOT, check=True)
    return str(binary)


def compilers():
    """Name in the tables -> words of the command, or None if it is not installed."""
    clang = first_on_path([f"clang-{n}" for n in range(25, 13, -1)] + ["clang"])
    return {
        "lathe": [lathe_binary(), "cc"],
        "gcc": ["gcc"] if shutil.which("gcc") else None,
        "clang": [clang] if clang else None,
        "tcc": ["tcc"] if shutil.which("tcc") else None,
    }


def need_programs():
    """Fetches SQLite, Lua and the others if they are not there."""
    if not (PROGRAMS / "sqlite" / "ready").exists() or not (PROGRAMS / "lua" / "ready").exists():
        subprocess.run(["cargo", "xtask", "fetch"], cwd=ROOT, check=True)
    for name in ("sqlite", "lua"):
        if not (PROGRAMS / name / "ready").exists():
            sys.exit(f"{name} is not there: 'cargo xtask fetch' could not get it (it needs apt-get source)")
    WORK.mkdir(parents=True, exist_ok=True)


SQLITE_FLAGS = ["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"]
LUA_FLAGS = ["-DLUA_USE_POSIX", "-DLUA_COMPAT_5_3"]


def sqlite_sources():
    return [PROGRAMS / "sqlite" / "sqlite3.c", PROGRAMS / "sqlite" / "shell.c"]


def lua_sources():
    sources = sorted((PROGRAMS / "lua" / "src").glob("*.c"))
    return [path for path in sources if path.name != "luac.c"]


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "?"


def heading(title, runs):
    """Date, machine and versions: a figure without them says nothing."""
    model = "unknown processor"
    try:
        for line in open("/proc/cpuinfo", encoding="utf-8"):
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    commit = first_line(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"])
    found = compilers()
    versions = [first_line([words[0], "-v" if name == "tcc" else "--version"]) for name, words in found.items() if words]
    print(f"## {title}\n")
    print(f"- {date}, commit {commit}; {model}, {os.cpu_count()} processors, Linux {platform.release()}")
    print("- command: `" + " ".join([f"bench/{Path(sys.argv[0]).name}", *sys.argv[1:]]) + "`")
    print(f"- median of {runs} interleaved runs; load at the start {os.getloadavg()[0]:.1f}")
    print("- " + "; ".join(versions) + "\n")


def number(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def ratio(value, base):
    return "" if value is None or not base else f"{value / base:.2f}"


def table(header, rows, markdown):
    """Prints a table: in columns for a terminal, or as Markdown."""
    cells = [header] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    align = lambda row: [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))]
    if markdown:
        print("| " + " | ".join(align(header)) + " |")
        print("|" + "|".join(("-" * (w + 2)) if i == 0 else ("-" * (w + 1) + ":") for i, w in enumerate(widths)) + "|")
        for row in rows:
            print("| " + " | ".join(align(row)) + " |")
    else:
        print("  ".join(align(header)))
        print("  ".join("-" * w for w in widths))
        for row in rows:
            print("  ".join(align(row)))
    print()


def arguments(description, runs):
    import argparse

    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=runs, metavar="N", help=f"runs of each cell (default {runs})")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows whose name contains TEXT")
    parser.add_argument("--markdown", action="store_true", help="tables for bench/RESULTS.md")
    return parser.parse_args()


def note(text):
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)
