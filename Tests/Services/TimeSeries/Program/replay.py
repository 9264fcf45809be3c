#!/usr/bin/env python3
"""Replays the public cases of BanyanDB (run.py) against daemons, step by step: fresh, after everything was made
parts, after all parts were merged, after a clean restart, and after kill -9. Each step is asked for through the
admin API, which then says that it has happened.

    replay.py LAKED CHECKOUT FOLDER                                     one process
    replay.py LAKED CHECKOUT FOLDER --etcd URL --master-key FILE        a liaison and three data nodes

With --split parts are made while rows are written, so that there are some to merge; that shows in the metrics,
as shards that rest merge by themselves.

Nobody has to give a name (--auth none): the ports are on the loopback.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


class Daemon:
    def __init__(self, name, command, folder):
        self.name, self.data = name, os.path.join(folder, name)
        self.command = command + ["--data", self.data]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=open(self.data + ".log", "a"), text=True)

    def ready(self):
        line = self.process.stdout.readline()
        if line != "ready\n":
            sys.exit(f"{self.name} did not come up: {line!r}, see {self.data}.log")
        with open(os.path.join(self.data, "endpoints.json")) as file:
            self.endpoints = json.load(file)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(60)


class House:
    def __init__(self, arguments):
        os.makedirs(arguments.folder, exist_ok=True)
        common = ["--ports", "auto", "--auth", "none", "--series-self-interval", "0s"]
        if arguments.etcd is None:
            command = [arguments.laked, "standalone", "--services", "series-data,series-liaison"]
            self.daemons = [Daemon("one", command + common, arguments.folder)]
        else:
            common += ["--facts-store", "etcd", "--facts-endpoints", arguments.etcd,
                       "--security-master-key-file", arguments.master_key]
            self.daemons = [
                Daemon(name, [arguments.laked, role, "--node-name", name] + common, arguments.folder)
                for name, role in [(f"data-{n}", "series-data") for n in "abc"]
                + [("doors", "series-liaison")]]
        self.front = self.daemons[-1]
        self.mustMerge = arguments.split

    def start(self):
        for daemon in self.daemons:
            daemon.start()
            time.sleep(0.3)
        for daemon in self.daemons:
            daemon.ready()
        # Nodes are asked every second whether they answer.
        time.sleep(3 if len(self.daemons) > 1 else 0)

    def admin(self, method, path, body=None):
        request = urllib.request.Request(
            self.front.endpoints["admin"] + "/admin/v1" + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def shards(self):
        shards, page = [], ""
        while True:
            answer = self.admin("GET", f"/series/segments?limit=1000{page}")
            shards += answer["items"]
            if not answer.get("next"):
                return shards
            page = "&page_token=" + answer["next"]

    def state(self):
        shards = self.shards()
        return {
            "nodes": len({s["node"] for s in shards}), "shards": len(shards),
            "parts": sum(s["part_count"] for s in shards),
            "rows": sum(s["row_count"] for s in shards),
            "memory_rows": sum(s["memory_rows"] for s in shards)}

    def flush(self):
        # Rankings write rows of their own meanwhile.
        for _ in range(20):
            self.admin("POST", "/series/flush", {})
            if self.state()["memory_rows"] == 0:
                return
            time.sleep(0.2)
        sys.exit(f"rows are in memory after a flush: {self.state()}")

    def merge(self):
        for _ in range(5):
            self.mergeOnce()
            if all(s["part_count"] <= 1 for s in self.shards()):
                return
        sys.exit("a shard has more than one part after a merge")

    def mergeOnce(self):
        job = self.admin("POST", "/series/jobs", {"work": "merge"})["job"]
        while True:
            item = self.admin("GET", f"/jobs/{job}")["item"]
            if item["ended_at"]:
                break
            time.sleep(0.2)
        if item["state"] not in ("succeeded", "done"):
            sys.exit(f"the merge ended as {item}")
        print(f"  merged: {json.dumps(item['result'])}")
        # Small shards merge by themselves as soon as they rest.
        if self.mustMerge and self.merges() == 0:
            sys.exit("there was nothing to merge")
        self.mustMerge = False

    def merges(self):
        """Since the start, by themselves or asked for."""
        count = 0
        for daemon in self.daemons:
            with urllib.request.urlopen(daemon.endpoints["admin"] + "/metrics", timeout=30) as answer:
                found = re.search(r"^lake_series_merges_total (\d+)", answer.read().decode(), re.M)
            count += int(found[1]) if found else 0
        return count

    def restart(self, number):
        codes = [daemon.end(number) for daemon in reversed(self.daemons)]
        print(f"  ended with {codes}")
        self.start()


def main():
    parser = argparse.ArgumentParser()
    for name in ("laked", "checkout", "folder"):
        parser.add_argument(name)
    parser.add_argument("--etcd")
    parser.add_argument("--master-key")
    parser.add_argument("--split", action="store_true")
    arguments = parser.parse_args()
    house = House(arguments)
    isWhole = True

    def split(done):
        while not done.wait(0.05):
            house.admin("POST", "/series/flush", {})

    def replay(*more):
        command = [sys.executable, os.path.join(HERE, "run.py"), arguments.checkout,
                   house.front.endpoints["series_grpc"], *more]
        done = subprocess.run(command, capture_output=True, text=True)
        print("  " + "\n  ".join((done.stdout + done.stderr).strip().splitlines()[-20:]))
        print(f"  {json.dumps(house.state())}", flush=True)
        return done

    try:
        house.start()
        print("fresh:")
        written = threading.Event()
        splitter = threading.Thread(target=split, args=[written])
        if arguments.split:
            splitter.start()
        done = replay(
            *([] if arguments.etcd is None else ["--replicas", "1"]),
            *(["--pause", "0.2"] if arguments.split else []))
        written.set()
        if arguments.split:
            splitter.join()
        isWhole = done.returncode == 0
        base = re.search(r"seeded at (\d+)", done.stdout)
        if not base:
            sys.exit("nothing was written")
        steps = [
            ("after a flush", house.flush), ("after a merge of everything", house.merge),
            ("after a restart", lambda: house.restart(signal.SIGTERM)),
            ("after kill -9", lambda: house.restart(signal.SIGKILL))]
        for name, step in steps:
            print(f"{name}:")
            step()
            isWhole = replay("--seeded", base[1]).returncode == 0 and isWhole
    finally:
        for daemon in house.daemons:
            if daemon.process and daemon.process.poll() is None:
                daemon.end(signal.SIGKILL)
    sys.exit(0 if isWhole else 1)


if __name__ == "__main__":
    main()
