"""A row about grammar: every way to write each of its options must lead to the same end as the command without it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

from play import play, run
from table import Row
from world import Unexpected, World

_SAMPLES = {"text": "x", "list": "x", "integer": "7", "port": "3306"}
_WRONG = {"integer": ("abc", "0x10"), "port": ("abc", "0", "65536")}
# Log records carry the time.
_TIME = re.compile(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} - ", re.MULTILINE)


def is_node(row: Row) -> bool:
    """Of the commands on database hosts, which take a plus and refuse what they do not know."""
    return row.proves.startswith("node ")


def play_grammar(row: Row, world: World, known: list[str]) -> int:
    """Every option of the row; how many ways of writing were tried. `known`: all names of the command, for abbreviations."""
    play(row, world)
    command = row.commands[-1].rest
    base = _ending(run(world, command))
    problems: list[str] = []
    count = 0
    refuses = is_node(row) or row.family[1]

    def expect(words: str, fits, what: str) -> None:
        nonlocal count
        count += 1
        ending = _ending(run(world, f"{command} {words}"))
        if not fits(ending):
            problems.append(f"{words}: {what}; ended with {ending[0]}: {ending[2] or ending[1]}".strip())

    for kind, names in row.options.items():
        for given in names:
            name, _, value = given.partition("=")
            value = value or _SAMPLES.get(kind, "")
            for words in _ways(kind, name, value, _shortest(name, known), is_node(row)):
                expect(words, lambda ending: ending == base, "does not end as without it")
            for words, said in _wrong_ways(kind, name):
                expect(words, lambda ending, said=said: ending[0] == 1 and said in ending[2] and "Usage: " in ending[1],
                       f"should end with 1, usage and '{said}'")
            if kind in ("flag", "boolean"):
                expect(f"--no{name}", lambda ending: _refuses_unknown(ending, base, f"--no{name}", refuses),
                       "there is no negated form")
    if problems:
        raise Unexpected("\n".join(problems))
    return count


def _ways(kind: str, name: str, value: str, shortest: str, plus: bool) -> Iterator[str]:
    if kind in ("flag", "boolean"):
        yield from (f"--{name}", f"-{name}", f"--{name.upper()}", f"-{shortest}")
        if plus:
            yield f"+{name}"
        if kind == "boolean":
            yield f"--{name}=0 --{shortest}=1"
        return
    yield from (f"--{name}={value}", f"--{name} {value}", f"-{name}={value}", f"-{name} {value}")
    yield from (f"--{name.upper()}={value}", f"--{shortest}={value}", f"-{shortest.upper()} {value}")
    if plus:
        yield f"+{name}={value}"


def _wrong_ways(kind: str, name: str) -> Iterator[tuple[str, str]]:
    if kind == "flag":
        yield f"--{name}=1", "takes no value"
    elif kind == "boolean":
        yield f"--{name}=2", "takes 0 or 1"
    else:
        yield f"--{name}", "requires a value"
        yield f"--{name}=", "requires a value"
    for value in _WRONG.get(kind, ()):
        yield f"--{name}={value}", f"not '{value}'"


def _refuses_unknown(ending: tuple[int, str, str], base: tuple[int, str, str], written: str, refuses: bool) -> bool:
    if refuses:
        return ending[0] == 1 and f"Unknown options: {written}" in ending[2] and "Usage: " in ending[1]
    return ending[0] == base[0] and ending[2].startswith(f"warning: unknown option {written} is ignored")


def _shortest(name: str, known: list[str]) -> str:
    """The shortest beginning that means this option alone."""
    for length in range(1, len(name)):
        if sum(other.startswith(name[:length]) for other in known) == 1:
            return name[:length]
    return name


def _ending(done: subprocess.CompletedProcess) -> tuple[int, str, str]:
    return done.returncode, _TIME.sub("", done.stdout), _TIME.sub("", done.stderr)
