"""A failover as MHA's manager drives it through the node commands, without any stand-in: every table equal at the end."""

from __future__ import annotations

from pathlib import Path

from commands import Node
from drain import contents, same, wait_replicas
from servers import Server
from suite import Context, case
from tanist_lab import replication
from tanist_lab.waiting import wait_until
from work import create_tables, mixed_work, rotate


def _odd_texts(primary: Server) -> None:
    """What a text filter or a client in text mode could change."""
    primary.sql("INSERT INTO app.t (a, b) VALUES (1, 'one\r\ntwo\nROLLBACK\n# at 4\nDELIMITER ;\n')",
                "INSERT INTO app.big (b) VALUES (CONCAT(x'00010D0A1A5C27', REPEAT(x'FF00', 70000)))")


def _received(replica: Server) -> tuple[str, int]:
    now = replication.status(replica)
    return now["Master_Log_File"], int(now["Read_Master_Log_Pos"])


def _wait_received(primary: Server, replica: Server) -> None:
    at = replication.place(primary)
    wait_until(lambda: _received(replica) == (at.file, at.position), f"{replica.name} to receive up to {at}")


def _events_of(node: Node, path: Path) -> str:
    """What save_binary_logs says of a log that has none."""
    return node.call("save_binary_logs", "--command=save", f"--start_file={path.name}", "--start_pos=4",
                     f"--binlog_dir={path.parent}", f"--output_file={path.parent}/copy", code=10).out


@case()
def a_failover_through_files(context: Context) -> None:
    """One replica lacks the tail; the other stands behind, with an applier that stands even further behind."""
    node = Node(context)
    cluster = context.cluster(2, gtid=False)
    primary, (latest, target) = cluster.primary, cluster.replicas
    create_tables(primary)
    mixed_work(primary, 1, 2)
    wait_replicas(cluster)
    # The target: applied, then received only, then nothing.
    target.said("STOP SLAVE SQL_THREAD")
    mixed_work(primary, 2, 2)
    _odd_texts(primary)
    _wait_received(primary, target)
    target.said("STOP SLAVE IO_THREAD")
    mixed_work(primary, 3, 2)
    rotate(primary)
    _odd_texts(primary)
    mixed_work(primary, 4, 2)
    # The latest one: over a reconnect and several relay logs.
    latest.said("STOP SLAVE IO_THREAD")
    latest.said("START SLAVE IO_THREAD")
    latest.sql("FLUSH RELAY LOGS")
    mixed_work(primary, 5, 1)
    wait_replicas(cluster, [latest])
    latest.said("STOP SLAVE")
    mixed_work(primary, 6, 1)
    rotate(primary)
    mixed_work(primary, 7, 1)
    expected = contents(primary)
    primary.kill()

    _check_all(node, latest)
    read_to, have = _received(latest), _received(target)
    now = replication.status(target)
    applied = now["Relay_Log_File"], int(now["Relay_Log_Pos"])
    node.diff("find", latest, read_to, have, "unused")
    diff = node.diff("generate", latest, read_to, have, "relay_from_read_to_latest.binlog")
    version = latest.sql("SELECT VERSION()").value()
    as_text = node.diff("generate", latest, read_to, have, "diff.sql", "--handle_raw_binlog=0", f"--target_version={version}")
    assert "BINLOG '" in as_text.read_text(errors="replace")
    tail = node.save(primary.data, read_to, "saved_master_binlog.binlog")
    own = node.save(target.data, applied, "relay_from_exec_to_read.binlog")
    _apply_to_target(node, target, [own, diff, tail])
    # The same tail as text.
    text = node.save(primary.data, read_to, "saved_master_binlog.sql", "--handle_raw_binlog=0", "--skip_filter=0",
                     f"--oldest_version={version}")
    node.apply(latest, [text], "--handle_raw_binlog=0")
    same(expected, [latest, target])
    _nothing_missing(node, latest, read_to)


def _check_all(node: Node, latest: Server) -> None:
    """What MHA does before it starts."""
    done = node.on_server("test", latest, f"--relay_dir={latest.data}", "--current_relay_log=relay-bin.000001")
    assert "takes changes" in done.out, done
    wrong = node.on_server("test", latest, f"--relay_dir={latest.data}", "--current_relay_log=relay-bin.000001",
                           "--slave_pass=wrong", code=1)
    assert "wrong" not in wrong.out + wrong.err, wrong


def _apply_to_target(node: Node, target: Server, files: list[Path]) -> None:
    """Where super_read_only exists it is on before and after; what mysqlbinlog cannot read changes nothing at all."""
    modern = target.flavour.name == "mysql97"
    if modern:
        target.sql("SET GLOBAL super_read_only=1")
    before = contents(target)
    half = node.folder / "half.binlog"
    half.write_bytes(files[1].read_bytes()[:-7])
    broken = node.apply(target, [files[0], half, files[2]], code=1)
    assert "half.binlog at offset" in broken.err and "nothing is applied" in broken.err, broken
    same(before, [target])
    done = node.apply(target, files)
    assert "succeeded" in done.out, done
    if modern:
        assert target.sql("SELECT @@GLOBAL.super_read_only").value() == "1"
        target.sql("SET GLOBAL super_read_only=0")
    again = node.apply(target, files, code=22)
    assert "ERROR" in again.out and "_err.log" in again.err, again


def _nothing_missing(node: Node, latest: Server, read_to: tuple[str, int]) -> None:
    """A target that has everything gets a log without events, and applying it is no error."""
    empty = node.diff("generate", latest, read_to, read_to, "empty.000001")
    assert "holds none" in _events_of(node, empty)
    done = node.apply(latest, [empty])
    assert "nothing is missing" in done.out, done
    beyond = (read_to[0], read_to[1] + 1000)
    node.diff("generate", latest, read_to, beyond, "beyond.binlog", code=1)
    node.diff("find", latest, read_to, ("mysql-bin.000000", 4), "unused", code=1)
