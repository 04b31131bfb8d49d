"""Run one command and say what it took, from a process that is small itself.

The kernel counts what a process held before it became the command to that command's most memory.
Started by the benchmark, whose lists of files are long, every rival would seem to hold as much.

    launch.py kept|dropped COMMAND …
"""

import json
import os
import sys
import time


def main() -> int:
    """Say wall and processor seconds, the most bytes held and the status, as JSON on stdout."""
    kept, command = sys.argv[1] == "kept", sys.argv[2:]
    aside = [] if kept else [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    started = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=aside)
    _, status, usage = os.wait4(process, 0)
    figures = {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
