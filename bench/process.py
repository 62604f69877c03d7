"""Runs one program and prints its exit code, wall seconds, CPU seconds and peak resident bytes.

    process.py CORE|- COMMAND ...

A process of its own with nothing imported: the kernel counts what a process was before it became the program into its peak
memory, and the scripts themselves are as large as a small scan.
"""

import os
import sys
import time

core, command = sys.argv[1], sys.argv[2:]
started = time.monotonic()
child = os.fork()
if child == 0:
    try:
        if core != "-":
            os.sched_setaffinity(0, {int(core)})
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        # Without a policy: this folder has none.
        os.chdir("/")
        os.execvp(command[0], command)
    finally:
        os._exit(127)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - started
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
