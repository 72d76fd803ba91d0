"""Plays the steps of a row and says what is not as the row has it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

from table import BACKGROUND, COMMAND, Row, Step
from world import NEVER_S, Unexpected, World, wait_until


def play(row: Row, world: World) -> None:
    """Raises Unexpected at the first step that fails."""
    player = Player(world)
    for step in row.steps:
        try:
            player.step(step)
        except Unexpected as error:
            raise Unexpected(f"line {step.line}: {error}") from error


class Player:
    """One row."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._acts = {"process": self._process, "health": self._health, "file": self._file, "ssh": self._ssh,
                              "listener": self._listener, "until": self._until, "signal": self._signal,
                              "ends": self._ends, "has": self._has, "no": self._no, "only": self._only,
                              "mode": self._mode, COMMAND: self._command, BACKGROUND: self._background}

    def step(self, step: Step) -> None:
        """One step."""
        self._acts[step.word](step)

    def _process(self, step: Step) -> None:
        asked = {"lives": True, "is-gone": False}
        if step.rest in asked:
            _same("the process", _state(self.world.member_lives()), _state(asked[step.rest]))
        elif step.rest == "shell-lives":
            _same("the shell", _state(self.world.lives()), "lives")
        else:
            self.world.make_process(step.rest)

    def _health(self, step: Step) -> None:
        self.world.write_health(step.rest)

    def _file(self, step: Step) -> None:
        name, equals, text = (step.rest + " ").partition(" = ")
        name, text = name.strip(), _unescape(text[:-1]) if equals else step.text
        path = self.world.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.world.fill(text).encode())
        if text.startswith("#!"):
            path.chmod(0o755)

    def _ssh(self, step: Step) -> None:
        self.world.make_ssh(step.rest)

    def _listener(self, step: Step) -> None:
        self.world.listen(step.rest.encode().decode("unicode_escape").encode("latin-1"))

    def _command(self, step: Step) -> None:
        said = {word: [one for one in step.expected if one.word == word] for word in ("stdin", "exit", "out", "err")}
        given = "".join(_unescape(one.rest.removeprefix("= ")) + one.text for one in said["stdin"])
        done = run(self.world, step.rest, given)
        code = said["exit"][0].rest if said["exit"] else "0"
        problems = list(_differences(self.world, said["out"], done.stdout, "stdout"))
        problems += _differences(self.world, said["err"], done.stderr, "stderr")
        if str(done.returncode) != code or problems:
            problems.insert(0, f"$ {step.rest}\nended with {done.returncode}, expected {code}")
            raise Unexpected("\n".join(problems) + f"\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}---")

    def _background(self, step: Step) -> None:
        argv = shlex.split(self.world.fill(step.rest))
        with open(self.world.folder / "background.out", "wb") as out, open(self.world.folder / "background.err", "wb") as err:
            self.world.background = subprocess.Popen(  # pylint: disable=consider-using-with
                argv, cwd=self.world.folder, env=self.world.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True)
        self.world.words["background"] = str(self.world.background.pid)
        self.world.adopt(self.world.background)

    def _until(self, step: Step) -> None:
        name, tilde, pattern = step.rest.partition(" ~ ")
        path = self.world.path(name)
        wanted = re.compile(self.world.fill(pattern, re.escape))
        wait_until(lambda: path.is_file() and (not tilde or wanted.search(path.read_text())), f"{step.rest}; {self._behind()}")

    def _behind(self) -> str:
        err = self.world.folder / "background.err"
        return err.read_text() if err.exists() else ""

    def _signal(self, step: Step) -> None:
        self.world.background.send_signal(signal.Signals[f"SIG{step.rest}"])

    def _ends(self, step: Step) -> None:
        try:
            code = self.world.background.wait(NEVER_S)
        except subprocess.TimeoutExpired:
            raise Unexpected(f"it did not end; {self._behind()}") from None
        if str(code) != step.rest:
            raise Unexpected(f"it ended with {code}, not {step.rest}: {self._behind()}")

    def _has(self, step: Step) -> None:
        name, tilde, pattern = step.rest.partition(" ~ ")
        path = self.world.path(name)
        if not path.exists():
            raise Unexpected(f"there is no {name}; there are {_listing(self.world.folder)}")
        text = path.read_text(errors="replace") if path.is_file() else ""
        if tilde and not re.search(self.world.fill(pattern, re.escape), text, re.MULTILINE):
            raise Unexpected(f"{name} has no {pattern}:\n{text}")
        if step.text:
            _same(name, text, self.world.fill(step.text))

    def _no(self, step: Step) -> None:
        if self.world.path(step.rest).exists():
            raise Unexpected(f"there is {step.rest}")

    def _only(self, step: Step) -> None:
        _same("the folder", _listing(self.world.folder), sorted(step.rest.split()))

    def _mode(self, step: Step) -> None:
        name, mode = step.rest.split()
        _same(f"the mode of {name}", oct(self.world.path(name).stat().st_mode & 0o7777)[2:], mode)


def run(world: World, command: str, given: str = "") -> subprocess.CompletedProcess:
    """Runs a command line; nothing is expanded but our own words."""
    argv = [world.fill(word) for word in shlex.split(command)]
    try:
        return subprocess.run(argv, input=given, capture_output=True, text=True, errors="replace", cwd=world.folder,
                              env=world.environment(), timeout=NEVER_S, check=False, start_new_session=True)
    except subprocess.TimeoutExpired:
        raise Unexpected(f"$ {command}\nhas not ended after {NEVER_S} s") from None
    except FileNotFoundError as error:
        raise Unexpected(f"$ {command}\n{error}") from None


def _differences(world: World, wanted: list[Step], text: str, name: str):
    """The first lines, in order; '...' passes over lines, and all that follow when nothing stands behind it."""
    lines = text.splitlines()
    at = 0
    open_end = False
    for one in wanted:
        if one.rest == "...":
            open_end = True
        elif one.rest.startswith("... "):
            pattern = re.compile(world.fill(one.rest[4:], re.escape))
            found = next((number for number in range(at, len(lines)) if pattern.search(lines[number])), None)
            if found is None:
                yield f"{name} lacks a line with {pattern.pattern}"
                return
            at, open_end = found + 1, True
        else:
            line = lines[at] if at < len(lines) else None
            if one.rest.startswith("~ "):
                fits = line is not None and re.fullmatch(world.fill(one.rest[2:], re.escape), line)
            else:
                fits = line == world.fill(one.rest)
            if not fits:
                yield f"{name} line {at + 1} should be {one.rest!r}, is {line!r}"
                return
            at += 1
    if not open_end and at < len(lines):
        yield f"{name} has further lines, from {at + 1} on: {lines[at]!r}"


def _same(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise Unexpected(f"{what}: {got!r}, expected {wanted!r}")


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _state(lives: bool) -> str:
    return "lives" if lives else "is gone"


def _unescape(text: str) -> str:
    for written, meant in (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t")):
        text = text.replace(written, meant)
    return text
