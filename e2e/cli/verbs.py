#!/usr/bin/env python3
"""Compares the verbs and flags of the docker command with those of proa, by what both print as help.

usage: verbs.py PROA DOCS     (docker is the one in PATH)

Every verb of docker's for what the engine serves, and every flag of it with its short form, has to be in proa's help; what is not has to stand in the table
below "What is left out" in DOCS (docs/cli.md), in backquotes, with its reason; and what stands there must not be served. Prints what is wrong, exit status 1.
"""
import concurrent.futures, os, re, subprocess, sys

proa, docs = sys.argv[1:]


def help_of(command, words):
    done = subprocess.run([command, *words, "--help"], capture_output=True, text=True, env={**os.environ, "COLUMNS": "400"}, timeout=120)
    return done.stdout if done.returncode == 0 else ""


def parse(text):
    """The verbs and the flags (long form to short) of a help."""
    verbs, flags, section = [], {}, ""
    for line in text.splitlines():
        heading = re.match(r"([A-Z][A-Za-z ]*):$", line)
        if heading:
            section = heading[1]
        elif section.endswith("Commands"):
            verb = re.match(r"  ([a-z][\w-]*)\*?\s{2,}", line)
            if verb and not verb[0].rstrip().endswith("*"):
                verbs.append(verb[1])
        elif section.endswith("Options"):
            flag = re.match(r"  (?:-(\w), |    )--([\w-]+)", line)
            if flag:
                flags[flag[2]] = flag[1] or ""
    return verbs, flags


def left_out():
    table = open(docs, encoding="utf-8").read().split("## What is left out", 1)[1].split("\n## ", 1)[0]
    names = set()
    for row in re.findall(r"^\| (.*?) \|", table, re.M):
        names.update(re.findall(r"`([^`]+)`", row))
    return names


excluded = left_out()
verbs, _ = parse(help_of("docker", []))
tree = {(): {f: s for f, s in parse(help_of("docker", []))[1].items()}}
lines = [(verb,) for verb in verbs if verb not in excluded]
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for group, text in zip(list(lines), pool.map(lambda words: help_of("docker", words), lines)):
        inner, flags = parse(text)
        if not inner:
            tree[group] = flags
        for member in inner:
            words = group + (member,)
            if " ".join(words) not in excluded:
                tree[words] = parse(help_of("docker", words))[1]
    ours = dict(zip(tree, pool.map(lambda words: help_of(proa, words), tree)))

wrong = []
for words, flags in tree.items():
    name = " ".join(words)
    if "Usage:  proa" not in ours[words]:
        wrong.append(f"proa has no verb: {name}")
        continue
    served = parse(ours[words])[1]
    canonical = re.search(r"Usage:  proa ((?:[a-z]+ ?)+)", ours[words])
    names = {name, canonical[1].strip() if canonical else name}
    for flag, short in flags.items():
        listed = any(f"{each} --{flag}".strip() in excluded for each in names)
        if flag == "help":
            continue
        if flag not in served and not listed:
            wrong.append(f"proa {name} has no flag --{flag}")
        elif flag in served and listed:
            wrong.append(f"{docs} says that {name} --{flag} is left out, and it is not")
        elif flag in served and short and served[flag] != short:
            wrong.append(f"proa {name} has no short form -{short} of --{flag}")
if len(tree) < 60:
    wrong.append(f"docker's help names only {len(tree)} verbs: it was not understood")
print("\n".join(wrong) or f"all flags of {len(tree) - 1} verbs of docker's")
sys.exit(1 if wrong else 0)
