"""Run one command and record its cost, from a process too small to affect its peak memory."""

import json
import os
import sys
import time


def main() -> None:
    report, *command = sys.argv[1:]
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    costs = {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
    }
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123  pathlib costs memory and time here
        json.dump(costs, file)


if __name__ == "__main__":
    main()
