"""Configuration files that cannot be used: all that is wrong with one is told in one run, and nothing else is done."""

from __future__ import annotations

from pathlib import Path

from tanist_lab import LabError

from harness import Cluster, scenario
from harness.manager import CONF, WORK_DIR, run_tool

_COMMANDS = (("masterha_manager",), ("masterha_check_repl",),
             ("masterha_master_switch", "--master_state=dead", "--dead_master_host=db1", "--interactive=0"))
_WRONG = """[server default]
user=root
user=admin
ping_interval 1
ping_intervall=1
manager_workdir={work_dir}
[server1]
hostname=db1
[server2]
hostname=nowhere
[server3]
hostname=db1
[server4
"""
_SAID_OF_IT = (":3: warning: 'user' was set in line 2", ":4: syntax error: neither a [section]",
               ":5: unknown key 'ping_intervall'; did you mean 'ping_interval'?",
               ":10: cannot resolve hostname 'nowhere'", ":11: [server3] is the same server as [server1]",
               ":13: syntax error: section header without a closing ']'")


@scenario(hosts=2)
def everything_wrong_with_a_file_is_told_at_once(c: Cluster) -> None:
    """Missing, unreadable, wrong in six places: every command ends with 1, names file and line, and leaves no trace."""
    conf = c.lab.manager.path(CONF)
    before = _left_behind(conf.parent)
    c.write_conf(_WRONG.format(work_dir=WORK_DIR))
    _expect_said(c, *(CONF + words for words in _SAID_OF_IT))
    conf.unlink()
    _expect_said(c, f"{CONF}: cannot be read: ", "No such file or directory")
    conf.mkdir()
    _expect_said(c, f"{CONF}: cannot be read: ", "Is a directory")
    conf.rmdir()
    conf.symlink_to(conf.name)
    _expect_said(c, f"{CONF}: cannot be read: ", "Too many levels of symbolic links")
    c.expect(_left_behind(conf.parent) == before, f"the work directory holds {_left_behind(conf.parent)}, not {before}")
    c.expect(not c.hook_calls(), f"hooks were called: {c.hook_calls()}")


def _left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _expect_said(c: Cluster, *words: str) -> None:
    for name, *options in _COMMANDS:
        done = run_tool(c.lab.manager, c.bin_dir, name, f"--conf={CONF}", *options, expected=1)
        missing = [word for word in words if word not in done.stderr]
        c.expect(not missing, f"{name} does not say {missing}:\n{done.stderr}")
