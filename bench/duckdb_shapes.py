"""The shapes in every text column of a Parquet file by DuckDB's regular expressions, on one core and one thread.

    duckdb_shapes.py FILE SHAPES CORE      prints wall and CPU seconds of the query and the peak memory as JSON
"""

import json
import os
import resource
import sys
import time

import duckdb


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    path, shapes, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    with open(shapes, encoding="utf-8") as file:
        patterns = [line.rstrip("\n").split("\t")[1] for line in file]
    # `(?i)` would hold for all that follow.
    pattern = "|".join(f"(?i:{p.removeprefix('(?i)')})" if p.startswith("(?i)") else f"(?:{p})" for p in patterns)
    connection = duckdb.connect(config={"threads": 1})
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
    texts = [row[0] for row in described if row[1] == "VARCHAR"]
    quoted = pattern.replace("'", "''")
    counts = ", ".join(f"count(*) FILTER (regexp_matches(\"{name}\", '{quoted}'))" for name in texts)
    wall_before, cpu_before = time.monotonic(), cpu()
    counted = connection.execute(f"SELECT {counts} FROM read_parquet(?)", [path]).fetchone()
    times = {"wall": time.monotonic() - wall_before, "cpu": cpu() - cpu_before}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**times, "memory": memory, "cells": sum(counted)}))


main()
