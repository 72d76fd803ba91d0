"""Runs scenarios, each in a process of its own with a lab of its own, two at a time."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tanist_lab import Lab, LabError, Options, places
from tanist_lab.flavours import FLAVOURS

from .cluster import Cluster
from .scenario import IF_THERE, Scenario, load_all

HERE = Path(__file__).resolve().parents[1]
_GRACE_S = 60  # for boot, logs and the lab's end, beyond a scenario's own limit


def run_one(chosen: Scenario, mode: str, bin_dir: Path, logs: Path) -> int:
    """Runs a scenario in this process; the last line of output is its result as JSON."""
    flavour, _, way = mode.partition("-")
    began, noted, error = time.monotonic(), {}, ""
    lab = None
    try:
        wanted = dict(chosen.lab)
        if wanted.get("semisync") == IF_THERE:
            wanted["semisync"] = FLAVOURS[flavour].semisync_settings is not None
        options = Options(flavour=flavour, gtid=way == "gtid", visible=[str(bin_dir)], **wanted)
        lab = Lab.up(options, die_with=os.getpid())
        cluster = Cluster(lab, mode, bin_dir)
        try:
            chosen.body(cluster)
        finally:
            noted = {"outage": cluster.outage_s, "ledger": cluster.ledger}
    except (LabError, OSError, AssertionError, LookupError, ValueError) as problem:
        error = str(problem) or type(problem).__name__
        traceback.print_exc()
    if lab is not None:
        error = "\n".join(filter(None, [error, *_sanitizer_reports(lab)]))
        if error:
            lab.save_logs(logs)
        lab.down()
    print(json.dumps({"ok": not error, "error": error, "seconds": time.monotonic() - began, **noted}))
    return 1 if error else 0


def _sanitizer_reports(lab: Lab) -> list[str]:
    """What the programs of a sanitizer build (apps/sanitizer_report.cc) left on the machines: none may."""
    return [f"{host.name}: {report.read_text(errors='replace')[:4000]}" for host in lab.hosts
            for report in sorted((host.folder / "var-tmp").glob("tanist-sanitizer.*"))]


def _run_apart(chosen: Scenario, mode: str, bin_dir: Path, logs: Path) -> dict:
    """Runs a scenario in a process that takes its lab with it when it ends, in whatever way."""
    logs.mkdir(parents=True)
    argv = [places.PYTHON, str(HERE / "run"), "--bin", str(bin_dir), "--logs", str(logs), "--one", chosen.name, mode]
    with open(logs / "scenario.log", "w+", encoding="utf-8") as output:
        try:
            subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                           timeout=chosen.limit_s + _GRACE_S)
        except subprocess.TimeoutExpired:
            return {"ok": False, "error": f"did not end within {chosen.limit_s + _GRACE_S} s", "seconds": 0.0}
        output.seek(0)
        lines = output.read().strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (ValueError, IndexError):
        return {"ok": False, "error": f"ended without a result: {lines[-1:]}", "seconds": 0.0}


def _report(name: str, mode: str, result: dict, logs: Path) -> None:
    outage = f"  outage {result['outage']:.2f} s" if result.get("outage") is not None else ""
    ledger = f"  {result['ledger']}" if result.get("ledger") else ""
    print(f"{'ok    ' if result['ok'] else 'FAILED'} {name} [{mode}] {result['seconds']:.1f} s{outage}{ledger}", flush=True)
    if not result["ok"]:
        print("       " + result["error"].replace("\n", "\n       ") + f"\n       logs: {logs}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="real servers, real faults: runs the scenarios")
    parser.add_argument("--bin", type=Path, default=places.PROJECT / "build/release/bin", help="programs under test")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="scenario names, with * and ?")
    parser.add_argument("--mode", action="append", default=[], metavar="PATTERN", help="such as mariadb-* or *-gtid")
    parser.add_argument("--every-mode", action="store_true", help="also those that tell little more than others")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--logs", type=Path, default=places.PROJECT / "build/integration-logs")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("NAME", "MODE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _chosen(options: argparse.Namespace, known: dict[str, Scenario]) -> list[tuple[Scenario, str]]:
    def wanted(text: str, patterns: list[str]) -> bool:
        return not patterns or any(fnmatch.fnmatch(text, pattern) for pattern in patterns)
    return [(found, mode) for found in known.values() if wanted(found.name, options.only)
            for mode in (found.modes if options.every_mode or options.mode else found.usual) if wanted(mode, options.mode)]


def main() -> int:
    """0 when every scenario passed."""
    options = _arguments()
    known = load_all()
    if options.one:
        return run_one(known[options.one[0]], options.one[1], options.bin.resolve(), options.logs)
    chosen = _chosen(options, known)
    if options.list:
        for found, mode in chosen:
            print(f"{found.name} [{mode}]: {found.story.splitlines()[0]}")
        return 0
    shutil.rmtree(options.logs, ignore_errors=True)

    def work(task: tuple[Scenario, str]) -> bool:
        found, mode = task
        logs = options.logs / f"{found.name}-{mode}"
        result = _run_apart(found, mode, options.bin.resolve(), logs)
        _report(found.name, mode, result, logs)
        if result["ok"]:
            shutil.rmtree(logs, ignore_errors=True)
        return result["ok"]

    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(work, chosen))
    failed = results.count(False) if results else 1
    print(f"{results.count(True)} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
