"""What the commands offer against what the rows and scenarios prove: a new option or exit status without a row is a failure."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from table import Row

ROOT = Path(__file__).resolve().parents[2]
NODE_COMMANDS = ("save_binary_logs", "apply_diff_relay_logs", "filter_mysqlbinlog", "purge_relay_logs")
ACCEPTED = "accepted"  # MHA knows the option; here it has nothing to do
_NAME = re.compile(r"(?:^  |, )--?(\w+)")
_OPTION_LINE = re.compile(r"^  (-{1,2}\w+(?:\[=0/1\]|=\S+)?(?:, -{1,2}\w+(?:\[=0/1\]|=\S+)?)*)", re.MULTILINE)


@dataclass
class Offer:
    """What a command says of itself."""

    options: set[str]
    codes: set[str] = field(default_factory=set)


def commands(bin_dir: Path) -> list[str]:
    """Every command that MHA's users know, and those that come with them."""
    listed = subprocess.run([bin_dir / "tanist", "--commands"], capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if name.startswith("masterha_")] + list(NODE_COMMANDS)


def offer(bin_dir: Path, name: str, *words: str) -> Offer:
    """From --help."""
    text = subprocess.run([bin_dir / name, *words, "--help"], capture_output=True, text=True, check=True).stdout
    names = {found for line in _OPTION_LINE.findall(text) for found in _NAME.findall("  " + line)}
    exits = text.partition("Exit status:\n")[2].partition("\n\n")[0]
    return Offer(names, set(re.findall(r"^  (\d+) ", exits, re.MULTILINE)))


def missing(rows: list[Row], offers: dict[str, Offer], elsewhere: Path) -> Iterator[str]:
    """A sentence for each option and exit status that nothing proves, and for each claim that is not true."""
    scenarios = _scenario_text()
    told = dict(_elsewhere(elsewhere))
    for (command, what), function in told.items():
        test = re.compile(rf"^def {function}\(|^TEST(?:_F|_P)?\(\w+, {function}\)", re.MULTILINE)
        if function != ACCEPTED and not test.search(scenarios):
            yield f"{elsewhere.name}: {what} of {command} should be proven by {function}, which is not there"
        if command not in offers or what.lstrip("-") not in offers[command].options | offers[command].codes:
            yield f"{elsewhere.name}: there is no {what} of {command}"
    for command, has in offers.items():
        of_it = [row for row in rows if any(re.search(rf"\b{command}\b", step.rest) for step in row.commands)]
        written = {name.partition("=")[0] for row in of_it for names in row.options.values() for name in names}
        used = {word for row in of_it if not row.options for step in row.commands
                for word in re.findall(r"(?:^|\s)--?(\w+)", step.rest)}
        for name in sorted(has.options - written - {"help", "version"}):
            yield f"--{name} of {command}: no row of tests/contract/tables writes it in every way (option ... {name})"
        for name in sorted(has.options - used):
            if (command, f"--{name}") not in told and not re.search(rf"[\"' ]--?{name}\b", scenarios):
                yield (f"--{name} of {command}: what it does is in no row and no scenario, and tests/contract/{elsewhere.name} "
                       "names no other proof")
        codes = {one.rest for row in of_it for step in row.commands for one in step.expected if one.word == "exit"}
        codes |= {step.rest for row in of_it for step in row.steps if step.word == "ends"} | {"0"}
        for code in sorted(has.codes - codes, key=int):
            if (command, code) not in told:
                yield f"exit status {code} of {command} is in no row, and tests/contract/{elsewhere.name} names no other proof"


def _scenario_text() -> str:
    folders = ("tests/integration/scenarios", "tests/node", "src/compat", "src/execute", "src/plan")
    return "\n".join(path.read_text() for folder in folders for pattern in ("*.py", "*_test.cc")
                     for path in sorted((ROOT / folder).glob(pattern)))


def _elsewhere(path: Path) -> Iterator[tuple[tuple[str, str], str]]:
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            command, code, function = line.split()
            yield (command, code), function
