#!/usr/bin/env python3
"""Compares a plan (proa plan --json) with what strace -f saw of the real start.

plan_strace.py PLAN.json STRACE.txt

The plan is walked with the results of the traced calls: each step has to be the next call of the process that runs it, a tolerated errno leads
where the plan says, a clone step goes on in the child. It prints how many calls were compared; the first that differs is printed and ends it with 1.
"""
import json, re, sys

LINE = re.compile(r"^(\d+)\s+(?:\d+\.\d+\s+)?(\w+)\((.*)$")
RESUMED = re.compile(r"^(\d+)\s+(?:\d+\.\d+\s+)?<\.\.\. (\w+) resumed>(.*)$")
RESULT = re.compile(r"=\s+(-?\d+|0x[0-9a-f]+|\?)(?:\s+(E[A-Z0-9]+))?[^=]*$")


def calls(path):
    """(pid, name, text, result, errno) in the order in which they ended, per process."""
    by_pid, open_calls = {}, {}
    for line in open(path, errors="replace"):
        line = line.rstrip("\n")
        m = RESUMED.match(line)
        if m:
            pid, name, rest = m.groups()
            line = open_calls.pop((pid, name), f"{pid} {name}(") + rest
            m = None
        unfinished = line.endswith("<unfinished ...>")
        m = LINE.match(line)
        if not m:
            continue
        pid, name, rest = m.groups()
        if unfinished:
            open_calls[(pid, name)] = line[: -len("<unfinished ...>")]
            if name in ("exit_group", "exit"):
                by_pid.setdefault(pid, []).append((name, rest, "?", None))
            continue
        r = RESULT.search(rest)
        by_pid.setdefault(pid, []).append((name, rest, r.group(1) if r else "?", r.group(2) if r else None))
    return by_pid


def main():
    plan, traced = json.load(open(sys.argv[1])), calls(sys.argv[2])
    steps = plan["Steps"]
    runners = [pid for pid, seen in traced.items() for c in seen[:400] if c[0] == "prctl" and "PR_SET_NAME" in c[1] and "proa: init" in c[1]]
    if not runners:
        sys.exit("no process in the trace ran a plan for a task")
    pid = runners[0]
    seen = traced[pid]
    at = next(i for i, c in enumerate(seen) if c[0] == "execveat") + 1
    step, compared = 0, 0
    alias = {"clone": ("clone", "clone3"), "prlimit64": ("prlimit64",), "umount2": ("umount2", "umount")}

    def take(s):
        nonlocal at, compared
        while at < len(seen) and seen[at][0] in ("restart_syscall",):
            at += 1
        if at >= len(seen):
            sys.exit(f"step {s['Index']} \"{s['Name']}\" {s['Text']}: the process made no more calls")
        c = seen[at]
        if c[0] not in alias.get(s["Call"], (s["Call"],)):
            sys.exit(f"step {s['Index']} \"{s['Name']}\" {s['Text']}: strace saw {c[0]}({c[1]}")
        at += 1
        compared += 1
        return c

    while True:
        s = steps[step]
        kind = s["Kind"]
        if kind in ("store", "check"):
            step = s["Then"]
        elif kind == "repeat":
            while at < len(seen) and seen[at][0] == s["Call"]:
                at += 1
                compared += 1
            step = s["Then"]
        elif kind == "exec":
            c = take(s)
            while c[3] in ("ENOENT", "EACCES", "ENOTDIR"):
                c = take(s)
            if c[3]:
                sys.exit(f"the program was not executed: {c}")
            break
        elif kind == "clone":
            c = take(s)
            pid = c[2]
            seen, at = traced[pid], 0
            step = s["Otherwise"]
        else:
            c = take(s)
            if c[3] is None:
                step = s["Then"]
            elif c[3] in s["Tolerates"]:
                step = s["Otherwise"]
            else:
                sys.exit(f"step {s['Index']} \"{s['Name']}\" failed in the trace: {c}")
    print(f"{compared} calls as planned")


main()
