#!/usr/bin/env python3
"""Holds the tree against the rules of docs/ARCHITECTURE.md, so that the map cannot rot.

Every check yields sentences that name file and line; the run prints them and ends with `N passed, N failed`.
"""
import re
import sys
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# The include direction: a room may include rooms that stand before it, never one behind it.
ORDER = ["base", "gtid", "topology", "detect", "plan", "sys", "config", "binlog", "mysql", "remote", "hooks", "store",
         "standin", "nodetools", "discovery", "execute", "manager", "compat", "cli"]
PURE = {"base", "gtid", "topology", "detect", "plan"}

# Calls that reach the world: only in sys, and in rooms that are themselves a rim of it (their README says so).
BANNED = [
    (re.compile(r"\b(system|steady|high_resolution)_clock::now\b"), "reads a clock", {"sys", "standin", "nodetools"}),
    (re.compile(r"\bstd::this_thread::sleep|\b(usleep|nanosleep)\s*\("), "sleeps", {"sys"}),
    (re.compile(r"\bstd::(random_device|mt19937)\b|\brand\s*\("), "makes randomness", {"sys", "standin"}),
    (re.compile(r"\bgetenv\s*\("), "reads the environment", {"sys"}),
    (re.compile(r"\b(std::ifstream|std::ofstream|fopen\s*\()"), "opens files", {"sys", "nodetools"}),
    (re.compile(r"\b(fork|execv[pe]*|posix_spawnp?|popen)\s*\(|\bstd::system\s*\("), "starts processes", {"sys"}),
]
# The dialect table is the only place that knows the words of a status statement.
STATUS_WORDS = re.compile(r"\b(SLAVE|REPLICA|MASTER|BINARY LOG) STATUS\b")
LONGEST_FILE = 600


def code_files() -> Iterator[Path]:
    for pattern in ("*.h", "*.cc"):
        yield from sorted(SRC.rglob(pattern))


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


def is_test(path: Path) -> bool:
    return path.stem.endswith("_test") or path.stem.startswith("test_")


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Code without comments; string literals stay, because SQL lives in them."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield number, re.sub(r"//.*", "", line)


def includes_of(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in lines_of(path):
        match = re.match(r'\s*#include "([a-z]+)/', line)
        if match and match[1] in ORDER:
            yield number, match[1]


def where(path: Path, number: int) -> str:
    return f"{path.relative_to(ROOT)}:{number}"


def check_rooms_are_mapped() -> Iterator[str]:
    rooms = {path.name for path in SRC.iterdir() if path.is_dir() and any(path.glob("*.*"))}
    architecture = (ROOT / "docs/ARCHITECTURE.md").read_text()
    for room in sorted(rooms):
        if room not in ORDER:
            yield f"src/{room}: not in the include order of tests/tidy/tidy.py"
        if not (SRC / room / "README.md").exists():
            yield f"src/{room}: has no README.md"
        if f"src/{room}" not in architecture:
            yield f"src/{room}: not in the map of docs/ARCHITECTURE.md"
    for named in set(re.findall(r"src/([a-z]+)", architecture)):
        if named not in rooms:
            yield f"docs/ARCHITECTURE.md: names src/{named}, which does not exist"


def check_include_direction() -> Iterator[str]:
    for path in code_files():
        room = room_of(path)
        if room not in ORDER or is_test(path):
            continue
        for number, other in includes_of(path):
            if ORDER.index(other) > ORDER.index(room):
                yield f"{where(path, number)}: {room} may not include {other}"
            if room in PURE and other not in PURE:
                yield f"{where(path, number)}: {room} is pure and may not include {other}"


def check_declared_dependencies() -> Iterator[str]:
    for room in ORDER:
        cmake = SRC / room / "CMakeLists.txt"
        if not cmake.exists():
            continue
        match = re.search(r"DEPS([a-z\s]*)", cmake.read_text())
        declared = set(match[1].split()) if match else set()
        for path in code_files():
            if room_of(path) != room or is_test(path):
                continue
            for number, other in includes_of(path):
                if other not in declared | {room}:
                    yield f"{where(path, number)}: includes {other}, which {room} does not declare"


def check_banned_calls() -> Iterator[str]:
    for path in code_files():
        if is_test(path):
            continue
        for number, line in lines_of(path):
            for pattern, what, allowed in BANNED:
                if pattern.search(line) and room_of(path) not in allowed:
                    yield f"{where(path, number)}: {what} outside src/sys: {line.strip()}"


def check_dialect_words() -> Iterator[str]:
    for path in code_files():
        if path.name.startswith("dialect") or is_test(path):
            continue
        for number, line in lines_of(path):
            if STATUS_WORDS.search(line):
                yield f"{where(path, number)}: status statements belong to src/mysql/dialect.cc"


def check_sizes() -> Iterator[str]:
    for path in code_files():
        count = sum(1 for _ in path.open())
        if count > LONGEST_FILE:
            yield f"{path.relative_to(ROOT)}: {count} lines, probably two ideas"


def check_nothing_is_skipped() -> Iterator[str]:
    pattern = re.compile(r"GTEST_SKIP|\bDISABLED_|@unittest\.skip|TODO|FIXME")
    for top in ("src", "apps", "tests", "tools", "bench"):
        for path in sorted((ROOT / top).rglob("*")):
            if path == Path(__file__) or not path.is_file() or path.suffix not in (".h", ".cc", ".py", ".sh", ""):
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if pattern.search(line):
                    yield f"{where(path, number)}: unfinished or skipped: {line.strip()}"


CHECKS = [check_rooms_are_mapped, check_include_direction, check_declared_dependencies, check_banned_calls,
          check_dialect_words, check_sizes, check_nothing_is_skipped]


def main() -> int:
    failed = 0
    for check in CHECKS:
        problems = list(check())
        failed += bool(problems)
        for problem in problems:
            print(f"{check.__name__}: {problem}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
