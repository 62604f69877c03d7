"""What `run` and `compare` share: builds, generated files, processes that are measured, and how figures are written.

Python 3 on Linux, its standard library alone.
"""

import gzip
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()

# The name of a format in the tables, what the generator calls it, and the extension of its files.
FORMATS = {
    "log": ("log", "log"),
    "csv": ("csv", "csv"),
    "ndjson": ("ndjson", "ndjson"),
    "clean-csv": ("clean-csv", "csv"),
    "parquet": ("parquet", "parquet"),
    "dictionary-parquet": ("dictionary-parquet", "parquet"),
    "gzip-log": ("log", "log.gz"),
}

# Nothing of the caller's settings reaches what is measured.
ENVIRONMENT = {
    key: value for key, value in os.environ.items() if not key.startswith(("PHINDER", "AWS", "RIPGREP"))
}

# One line, so that a scan of it costs its start.
ALMOST_EMPTY = b"start\n"


class Run(NamedTuple):
    """One process: wall and CPU seconds, peak resident bytes."""

    wall: float
    cpu: float
    memory: int


def say(text):
    """Progress goes beside the tables."""
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"{Path(sys.argv[0]).name}: {text}")


def measure(command, core=None, accepted=(0,)):
    """Runs a program with its output thrown away, pinned to `core` where one is given."""
    command = [str(part) for part in command]
    place = "-" if core is None else str(core)
    alone = [sys.executable, "-I", "-S", str(ROOT / "bench" / "process.py"), place, *command]
    told = subprocess.run(alone, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True).stdout
    code, wall, cpu, memory = told.split()
    if int(code) not in accepted:
        fail(f"exit code {code}: {' '.join(command)}")
    return Run(float(wall), float(cpu), int(memory))


def scan_command(program, path, workers=None):
    command = [program, "scan", "--no-progress"]
    if workers is not None:
        command += ["--workers", workers]
    return command + [path]


# 1: something was found that nothing expects, which is not an error.
SCAN_CODES = (0, 1)


def scan(program, path, core=None, workers=None):
    return measure(scan_command(program, path, workers), core, SCAN_CODES)


def results(program, path):
    """What a scan finds, in full, and proof that it read the whole file."""
    command = [program, "scan", "--no-progress", "--format", "jsonl", path]
    done = subprocess.run([str(part) for part in command], env=ENVIRONMENT, cwd="/", capture_output=True, check=False)
    if done.returncode not in SCAN_CODES:
        fail(f"exit code {done.returncode}: {' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    objects = [line for line in lines if line["type"] == "object"]
    if [line["coverage"] for line in objects] != ["complete"]:
        fail(f"{path} was not read completely")
    kept = ("field", "detector", "class", "confidence", "values", "records")
    found = sorted([line.get(name) for name in kept] for line in lines if line["type"] == "finding")
    return {"records": objects[0]["records"], "classes": objects[0]["classes"], "findings": found}


def warm(path):
    """Reads a file once, so that the disk is not what is measured."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def instructions(command):
    """Instructions of a process by callgrind, in user mode; nothing of them depends on what else the machine does."""
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [str(part) for part in callgrind + command]
    done = subprocess.run(
        command, env=ENVIRONMENT, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    collected = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if collected is None or done.returncode not in SCAN_CODES:
        fail(f"no instructions from {' '.join(command)}\n{done.stderr[-2000:]}")
    return int(collected[1])


def can_count_instructions():
    return shutil.which("valgrind") is not None


def size(text):
    """`64M` is 64 times 2^20 bytes."""
    shifts = {"K": 10, "M": 20, "G": 30}
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    if match is None:
        fail(f"not a size: {text}")
    return int(match[1]) << shifts.get(match[2], 0)


class Generator:
    """Makes the files, once: names carry format and size, and the seed is fixed."""

    def __init__(self, folder):
        self.folder = folder
        self.program = None

    def __call__(self, name, length):
        """The file of a format, and how many bytes its content has (unpacked, where it is compressed)."""
        format_name, extension = FORMATS[name]
        path = self.folder / f"{format_name}-{length}.{extension}"
        if not path.exists():
            # A name that the run that is interrupted cannot leave behind as a whole file.
            part = path.with_name(path.name + ".part")
            if extension.endswith(".gz"):
                plain, _ = self("log", length)
                say(f"packing {path.name}")
                with open(plain, "rb") as source, open(part, "wb") as sink:
                    with gzip.GzipFile("", "wb", 6, sink, mtime=0) as packed:
                        shutil.copyfileobj(source, packed, 1 << 20)
            else:
                if self.program is None:
                    build("--example", "generate")
                    self.program = TARGET / "release" / "examples" / "generate"
                say(f"generating {path.name}")
                subprocess.run([self.program, format_name, str(size(length)), "--out", part], check=True)
            part.rename(path)
        plain = self.folder / f"{format_name}-{length}.{extension.removesuffix('.gz')}"
        return path, (plain if extension.endswith(".gz") else path).stat().st_size


def build(*what, source=ROOT):
    """A release build. The program is built by itself, as a user builds it: together with examples it would get the
    features that only tests need."""
    say(f"building {' '.join(what)}")
    command = ["cargo", "build", "--release", "--locked", "--quiet", *what]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run(command, cwd=source, env=environment, check=True)


def first_core():
    return min(os.sched_getaffinity(0))


def core_count():
    return len(os.sched_getaffinity(0))


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = re.findall(r"(?m)^(?:model name|CPU part)\s*:\s*(.+)$", file.read())
    return names[0] if names else platform.machine()


def processor_seconds():
    """Seconds of all cores since boot: all of them, those worked, those that the host gave to other guests."""
    with open("/proc/stat", encoding="utf-8") as file:
        jiffies = [int(word) for word in file.readline().split()[1:9]]
    user, nice, system, idle, waiting, hard, soft, stolen = (count / os.sysconf("SC_CLK_TCK") for count in jiffies)
    worked = user + nice + system + hard + soft
    return worked + idle + waiting + stolen, worked, stolen


def own_seconds():
    """CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


class Conditions:
    """What a figure is worth nothing without. Begun before the runs, closed after them."""

    def __init__(self, **more):
        self.at_start = processor_seconds(), own_seconds()
        self.known = {
            "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
            "cpu": cpu_model(),
            "cores": core_count(),
            "kernel": platform.release(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip(),
            "load_before": round(os.getloadavg()[0], 2),
            **more,
        }

    def close(self):
        """A load has the builds before the runs in it and the runs themselves, so what others used meanwhile is told apart."""
        before, own_before = self.at_start
        everything, worked, stolen = (now - then for now, then in zip(processor_seconds(), before))
        others = worked - (own_seconds() - own_before)
        self.known["load_after"] = round(os.getloadavg()[0], 2)
        self.known["others_share"] = round(max(others, 0) / everything, 4)
        self.known["stolen_share"] = round(stolen / everything, 4)

    def lines(self):
        known = self.known
        yield (
            f"{known['date']}; {known['cpu']}, {known['cores']} cores, {known['memory_bytes'] / 1e9:.0f} GB, "
            f"Linux {known['kernel']}, {known['rustc']}."
        )
        yield (
            f"During the runs, of the time of all cores: {known['others_share']:.1%} went to other processes, {known['stolen_share']:.1%} "
            f"to other guests of the host. Load before {known['load_before']}, after {known['load_after']}."
        )
        if known["others_share"] > 0.05 or known["stolen_share"] > 0.02:
            yield "**The machine was not quiet: times are rough. Instructions and memory are not touched by that.**"


def median(values):
    return statistics.median(values)


def spread(values):
    """Median, lowest and highest, as figures are kept in JSON."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def ratio_text(found):
    """A ratio as `spread` keeps it."""
    return f"{found['median']:.3g} ({found['low']:.3g} to {found['high']:.3g})"


def table(header, rows):
    """A Markdown table; the first column is text, the others are figures."""
    yield "| " + " | ".join(header) + " |"
    yield "|---" + "|---:" * (len(header) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def write_results(folder, name, lines, document):
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(text, end="")
    say(f"\nwritten: {folder / name}.md and .json")
