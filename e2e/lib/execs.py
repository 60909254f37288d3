#!/usr/bin/env python3
"""execs.py SOCKET CONTAINER COUNT [PROGRAM...]: makes that many execs, one after the other, and prints how they ended: "N of CODE" a line, codes of errors as HTTP statuses."""
import collections, os, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api  # noqa: E402

socket, container, count, program = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:] or ["true"]
ends, longest = collections.Counter(), 0.0
for _ in range(count):
    began = time.monotonic()
    status, made = api.ask(socket, "POST", f"/containers/{container}/exec", {"Cmd": program, "AttachStdout": True})
    if status == 201:
        status, text = api.ask(socket, "POST", f"/exec/{made['Id']}/start", {"Detach": False})
        if status == 200:
            # the stream ends with the process; the end is told a moment later
            while (state := api.ask(socket, "GET", f"/exec/{made['Id']}/json")[1])["Running"]:
                time.sleep(0.002)
            status = f"code {state['ExitCode']}"
    ends[str(status)] += 1
    longest = max(longest, time.monotonic() - began)
for end, n in sorted(ends.items()):
    print(f"{n} of {end}")
print(f"longest {longest:.1f} s", file=sys.stderr)
