#!/usr/bin/env bash
# The whole program over large generated files: MB/s and peak memory, as Markdown tables.
#
#   benches/whole.sh [FOLDER]      FOLDER keeps the generated files (about 12 GB); target/bench-files if left out
#
# One worker, the process pinned to one core, the file in the page cache, medians of RUNS runs; then one run each over
# files of LARGE bytes with a worker per core, for the memory. RUNS=5, SIZE=224M, LARGE=5G (LARGE= leaves them out).
# Needs Rust and Python 3 on Linux.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
folder="${1:-$target/bench-files}"
size="${SIZE:-224M}"
large="${LARGE-5G}"
mkdir -p "$folder"

cargo build --release --locked --quiet --example generate
# By itself, so that it is what a user builds: together they would share the features that only tests need.
cargo build --release --locked --quiet --bin phinder

# Names carry the size, so that another size is another file.
generate() {
  local path="$folder/$1-$2.${1##*-}"
  if [ ! -e "$path" ]; then
    "$target/release/examples/generate" "$1" "$2" --out "$path.part"
    mv "$path.part" "$path"
  fi
  printf '%s\n' "$path"
}

files=()
for format in log csv ndjson clean-csv parquet; do
  files+=("$(generate "$format" "$size")")
done
large_files=()
if [ -n "$large" ]; then
  large_files=("$(generate log "$large")" "$(generate csv "$large")")
fi

exec python3 - "$target/release/phinder" "${RUNS:-5}" "${#files[@]}" "${files[@]}" "${large_files[@]}" <<'PYTHON'
import os, statistics, sys, time

program, runs, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
files, large = sys.argv[4 : 4 + count], sys.argv[4 + count :]
environment = {key: value for key, value in os.environ.items() if not key.startswith(("PHINDER", "AWS"))}


def warm(path):
    """Reads it once, so that the disk is not what is measured (a file larger than memory is read from disk anyway)."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def measure(path, arguments, core=None):
    """One run in a process of its own: wall seconds, CPU seconds, peak resident bytes."""
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        if core is not None:
            os.sched_setaffinity(0, {core})
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        # Without a policy: the working directory has none.
        os.chdir("/")
        os.execve(program, [program, "scan", "--no-progress", *arguments, path], environment)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{path}: exit code {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def row(path, results):
    megabytes = os.path.getsize(path) / 1e6
    wall, cpu, memory = (statistics.median(column) for column in zip(*results))
    name = os.path.basename(path)
    print(f"| {name} | {megabytes:.0f} | {megabytes / wall:.0f} | {megabytes / cpu:.0f} "
          f"| {wall:.2f} | {cpu:.2f} | {memory / 1e6:.0f} |", flush=True)


def header(title):
    print(f"\n{title}\n\n| file | MB | MB/s wall | MB/s CPU | wall s | CPU s | peak RSS MB |")
    print("|---|---:|---:|---:|---:|---:|---:|", flush=True)


program = os.path.abspath(program)
core = min(os.sched_getaffinity(0))
header(f"One worker, pinned to one core, medians of {runs} runs:")
for path in map(os.path.abspath, files):
    warm(path)
    row(path, [measure(path, ["--workers", "1"], core) for _ in range(runs)])
if large:
    header(f"A worker per core ({len(os.sched_getaffinity(0))}), one run:")
    for path in map(os.path.abspath, large):
        warm(path)
        row(path, [measure(path, [])])
PYTHON
