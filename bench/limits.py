"""What the scanner is held against, in the same run and over the same files: what the machine cannot do without (reading,
counting lines, splitting, unpacking), and other programs that look for the same shapes.

One that cannot be had here has a reason in its place.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, NamedTuple, Optional

from measure import ENVIRONMENT, Run, fail, measure

HERE = Path(__file__).resolve().parent
SHAPES = HERE / "shapes.tsv"

# What of the limits below applies to a format.
OF_FORMAT = {
    "log": ["read", "lines", "ripgrep"],
    "csv": ["read", "lines", "bare csv", "ripgrep"],
    "ndjson": ["read", "lines", "bare ndjson", "ripgrep"],
    "clean-csv": ["read", "lines", "bare csv", "ripgrep"],
    "parquet": ["read", "bare parquet-pages", "bare parquet", "duckdb"],
    "dictionary-parquet": ["read", "bare parquet-pages", "bare parquet", "duckdb"],
    "gzip-log": ["read", "bare gzip"],
}

TITLES = {
    "read": "read from the page cache",
    "lines": "`wc -l`",
    "bare csv": "CSV split, nothing else (crate csv)",
    "bare ndjson": "JSON parsed, nothing kept (crate serde_json)",
    "bare gzip": "unpacked, nothing else (crate flate2)",
    "bare parquet-pages": "pages unpacked, nothing else (crate parquet)",
    "bare parquet": "values decoded, nothing else (crate parquet)",
    "ripgrep": "ripgrep, 20 shapes",
    "duckdb": "DuckDB, 20 shapes as one expression",
}


class Limit(NamedTuple):
    """How it is measured once over a file; and its command line, where the instructions of the process mean something."""

    measure: Callable
    command: Optional[Callable] = None


def shapes():
    """The patterns of `shapes.tsv`: what identifiers look like, without validators, context or fields."""
    patterns = [line.split("\t")[1] for line in SHAPES.read_text(encoding="utf-8").splitlines()]
    for pattern in patterns:
        re.compile(pattern)
    return patterns


def ripgrep(folder, core):
    program = shutil.which("rg")
    if program is None:
        return "there is no program `rg` (Debian's package ripgrep)"
    patterns = folder / "shapes.txt"
    patterns.write_text("\n".join(shapes()) + "\n", encoding="utf-8")
    # Every match is looked for, as a scan does, and not the lines that have one.
    options = "--no-config --text --threads 1 --no-unicode --no-mmap --count --only-matching --file".split()
    return process(lambda path: [program, *options, patterns, path], core)


def process(command, core, counts_instructions=True):
    """A limit that is a process. Exit code 1 is ripgrep's for nothing found."""
    return Limit(lambda path: measure(command(path), core, (0, 1)), command if counts_instructions else None)


def duckdb(folder, core, python):
    candidates = [python] if python else [folder / "venv" / "bin" / "python", sys.executable]
    for candidate in candidates:
        try:
            found = subprocess.run([candidate, "-c", "import duckdb"], capture_output=True, check=False).returncode == 0
        except OSError:
            found = False
        if found:
            return Limit(lambda path: query(candidate, path, core))
    venv = folder / "venv"
    return f"no Python has the package duckdb (python3 -m venv {venv} && {venv}/bin/pip install duckdb)"


def query(python, path, core):
    """Time of the query alone: the start of Python is not DuckDB's."""
    command = [str(python), str(HERE / "duckdb_shapes.py"), str(path), str(SHAPES), str(core)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"DuckDB: {done.stderr[-2000:]}")
    times = json.loads(done.stdout)
    return Run(times["wall"], times["cpu"], times["memory"])


def of_kind(bare, kind):
    return lambda path: [bare, kind, path]


def known(folder, core, bare, python):
    """Every limit by name, or why there is none."""
    counter = shutil.which("wc")
    limits = {
        "lines": process(lambda path: [counter, "-l", path], core) if counter else "there is no program `wc`",
        "ripgrep": ripgrep(folder, core),
        "duckdb": duckdb(folder, core, python),
    }
    for name in TITLES:
        if name == "read" or name.startswith("bare "):
            kind = name.removeprefix("bare ")
            # Reading is the kernel's work, of which callgrind sees nothing.
            limits[name] = process(of_kind(bare, kind), core, counts_instructions=name != "read")
    return limits
