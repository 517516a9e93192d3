"""json-lines.py PROGRAM: standard input is what PROGRAM --json printed.

Each line is one JSON object, as RFC 8259 has it (no NaN), with keys in snake_case,
each once; every key is named below JSON OUTPUT in the page of PROGRAM.  Below
"info" (info.json), "outputs" (blobs) and "panel" keys are others' names."""
import json
import re
import sys

FOREIGN = {"info", "outputs", "panel"}


def refuse(word):
    raise ValueError("%s is no JSON" % word)


def once(pairs):
    keys = [k for k, v in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key twice: %s" % keys)
    return dict(pairs)


def keys_of(value, into):
    if isinstance(value, list):
        for v in value:
            keys_of(v, into)
    elif isinstance(value, dict):
        for k, v in value.items():
            into.add(k)
            if k not in FOREIGN:
                keys_of(v, into)


def main():
    program = sys.argv[1]
    page = open("man/%s.1" % program).read()
    page = page[page.index(".Sh JSON OUTPUT"):]
    page = page[:page.index("\n.Sh ", 5)].replace("\\-", "-")
    words = set(re.findall(r"[a-z0-9_]+", page))
    lines = sys.stdin.read().split("\n")
    if lines.pop() != "":
        sys.exit("the last line has no end")
    keys = set()
    for line in lines:
        value = json.loads(line, parse_constant=refuse,
                           object_pairs_hook=once)
        if not isinstance(value, dict):
            sys.exit("no object: " + line)
        if "outputs" in value and isinstance(value["outputs"], list):
            for v in value["outputs"]:
                keys_of(v, keys)
        keys_of(value, keys)
    for k in sorted(keys):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", k):
            sys.exit("not snake_case: " + k)
        if k not in words:
            sys.exit("man/%s.1 does not name the key %s" % (program, k))
    print(len(lines))


main()
