"""The rows of tests/contract/tables: what each line means is in README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

COMMAND, BACKGROUND = "$", "&"
_OF_A_COMMAND = ("exit", "out", "err", "stdin")
_OPTION_KINDS = ("text", "integer", "port", "list", "flag", "boolean")
_KNOWN = {"process", "health", "file", "ssh", "listener", "until", "signal", "ends", "has", "no", "only", "mode"}

_COMMAND_NAME = re.compile(r"masterha_\w+|(save_binary|apply_diff_relay|purge_relay)_logs|filter_mysqlbinlog")


class TableError(Exception):
    """A row that cannot be read."""


@dataclass
class Step:
    """A line of a row, with the lines that belong to it."""

    word: str
    rest: str
    line: int
    text: str = ""  # of the lines with a bar
    expected: list[Step] = field(default_factory=list)  # exit, out, err and stdin of a command


@dataclass
class Row:
    """What is proven, and the steps that prove it."""

    table: str
    line: int
    proves: str
    steps: list[Step] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)  # of a row about grammar: names by kind

    @property
    def commands(self) -> list[Step]:
        """The command lines."""
        return [step for step in self.steps if step.word in (COMMAND, BACKGROUND)]

    @property
    def command(self) -> str:
        """The name of the command that it is about: the first one."""
        return next(found[0] for step in self.commands if (found := _COMMAND_NAME.search(step.rest)))

    @property
    def family(self) -> tuple[str, bool]:
        """Rows with the same one speak of one table of options: the switch of a living primary has its own."""
        return self.command, any("--master_state=alive" in step.rest for step in self.commands)

    @property
    def is_ours(self) -> bool:
        """Not of the contract: what MHA has not. It must not get in the way of abbreviations that its users know."""
        return self.proves.startswith("ours")

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.table}:{self.line}"


def read_tables(folder: Path) -> list[Row]:
    """Every row of every table."""
    return [row for path in sorted(folder.glob("*.rows")) for row in read_table(path)]


def read_table(path: Path) -> list[Row]:
    """The rows of one table."""
    rows: list[Row] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.strip().partition(" ")
        if word == "row":
            if not re.match(r"(manager|node|ours)( [\d.A-F]+)*: .", rest):
                raise TableError(f"{path.name}:{number}: a row begins with 'row manager SECTION: what it proves'")
            rows.append(Row(path.name, number, rest))
        elif not rows:
            raise TableError(f"{path.name}:{number}: stands before the first row")
        else:
            _add(rows[-1], Step(word, rest.strip() if word != "|" else line.strip()[2:], number), path.name)
    for row in rows:
        if not row.commands:
            raise TableError(f"{row.where}: has no command")
    return rows


def _add(row: Row, step: Step, table: str) -> None:
    last = row.steps[-1] if row.steps else None
    if last and last.word in (COMMAND, BACKGROUND) and last.expected:
        last_text = last.expected[-1]
    else:
        last_text = last
    if step.word == "|" and last_text:
        last_text.text += step.rest + "\n"
    elif step.word in _OF_A_COMMAND and last and last.word == COMMAND:
        last.expected.append(step)
    elif step.word == "option":
        kind, *names = step.rest.split()
        if kind not in _OPTION_KINDS:
            raise TableError(f"{table}:{step.line}: an option is one of {', '.join(_OPTION_KINDS)}")
        row.options.setdefault(kind, []).extend(names)
    elif step.word in _KNOWN or step.word in (COMMAND, BACKGROUND):
        row.steps.append(step)
    else:
        raise TableError(f"{table}:{step.line}: '{step.word}' is not known here")
