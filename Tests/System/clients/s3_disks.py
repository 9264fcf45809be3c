#!/usr/bin/env python3
"""Loses and takes out disks of a daemon while it works: everything that was answered stays readable, and in
the end from the new disk alone.

    s3_disks.py LAKED LAKECTL FOLDER

Prints one line of JSON with the totals.
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from s3_kill import body, client

BUCKET = "disk-bucket"
# Kept with the name; one block; two; many, in parts.
SIZES = [100, 3000, 140_000, 700_000]


class Daemon:
    def __init__(self, laked, lakectl, folder):
        self.laked, self.lakectl, self.folder = laked, lakectl, folder
        self.data = os.path.join(folder, "data")

    def disk(self, name):
        return os.path.join(self.folder, name)

    def start(self, names, copies, spares=0):
        path = os.path.join(self.folder, "lake.yaml")
        folders = "".join(f"\n    - {self.disk(name)}" for name in names)
        with open(path, "w") as file:
            file.write(
                f"object_blobs:\n  copies: {copies}\n  spares: {spares}\n  folders:{folders}\n")
        self.process = subprocess.Popen(
            [self.laked, "standalone", "--data", self.data, "--ports", "auto", "--config", path],
            stdout=subprocess.PIPE, stderr=open(self.folder + ".log", "a"), text=True)
        line = self.process.stdout.readline()
        if line != "ready\n":
            return False
        self.s3 = client(self.data)
        return True

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def ctl(self, *words, exit=0):
        with open(os.path.join(self.data, "endpoints.json")) as file:
            endpoint = json.load(file)["admin"]
        done = subprocess.run(
            [self.lakectl, *words, "-e", endpoint, "-o", "json"], capture_output=True, text=True,
            timeout=300, env=dict(
                os.environ, LAKE_CONFIG_DIR=os.path.join(self.data, "lakectl"),
                LAKE_TOKEN_FILE=os.path.join(self.data, "lakectl", "token")))
        check(done.returncode == exit, f"{words}: {done.returncode} {done.stdout} {done.stderr}")
        return json.loads(done.stdout) if exit in (0, 8) else done.stderr

    def disks(self):
        return {disk["disk"]: disk for disk in self.ctl("disk", "list")["items"]}


def check(condition, message):
    if not condition:
        sys.exit(f"failed: {message}")


class Load(threading.Thread):
    """Puts and deletes until it is told to stop, and knows what was answered."""

    def __init__(self, daemon, held):
        super().__init__()
        self.daemon_of_s3, self.held, self.over = daemon, held, threading.Event()
        self.answers = 0

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            name = f"load/{number % 40}"
            content = body(f"{name}#{number}", SIZES[number % len(SIZES)])
            try:
                if number % 7 == 0:
                    self.daemon_of_s3.s3.delete_object(Bucket=BUCKET, Key=name)
                    self.held.pop(name, None)
                else:
                    self.daemon_of_s3.s3.put_object(Bucket=BUCKET, Key=name, Body=content)
                    self.held[name] = hashlib.md5(content).hexdigest()
                self.answers += 1
            except (BotoCoreError, ClientError, OSError) as error:
                sys.stderr.write(f"{name}: {error}\n")
                os._exit(1)


def fill(daemon, held, prefix):
    for number in range(60):
        name = f"{prefix}/{number}"
        content = body(name, SIZES[number % len(SIZES)])
        daemon.s3.put_object(Bucket=BUCKET, Key=name, Body=content)
        held[name] = hashlib.md5(content).hexdigest()
    for number in range(0, 60, 9):
        daemon.s3.delete_object(Bucket=BUCKET, Key=f"{prefix}/{number}")
        del held[f"{prefix}/{number}"]


def read(daemon, held, when):
    for name, digest in held.items():
        content = daemon.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        check(hashlib.md5(content).hexdigest() == digest, f"{when}: {name} is another")


def verified(daemon):
    """Copies are told apart: one of two is damaged."""
    key = f"{BUCKET}/before/3"
    copies = daemon.ctl("object", "verify", key)["items"]
    check([copy["state"] for copy in copies] == ["ok", "ok"], f"two copies: {copies}")
    daemon.ctl("object", "verify", f"{BUCKET}/nothing", exit=3)
    daemon.stop()
    with open(os.path.join(daemon.disk("b"), "data"), "r+b") as file:
        for start in range(0, os.path.getsize(file.name), 4096):
            file.seek(start + 100)
            byte = file.read(1)
            file.seek(start + 100)
            file.write(bytes([byte[0] ^ 1]))
    check(daemon.start(["a", "b"], 2), "it does not start with a damaged disk")
    copies = daemon.ctl("object", "verify", key, exit=8)["items"]
    states = sorted((copy["state"], copy["damaged_count"]) for copy in copies)
    check(states == [("damaged", 6), ("ok", 0)], f"one copy is damaged: {copies}")
    ended = daemon.ctl("object", "engine", "verify", BUCKET, "--wait")
    check('"missing_count": 0' in json.dumps(ended), f"records and blobs: {ended}")


def mirror(daemon, totals):
    """One of two dies; an empty one takes its place; then the other dies."""
    held = {}
    check(daemon.start(["a", "b"], 2), "a mirror does not start")
    daemon.s3.create_bucket(Bucket=BUCKET)
    fill(daemon, held, "before")
    gone = next(d for d, disk in daemon.disks().items() if disk["path"] == daemon.disk("b"))
    verified(daemon)
    daemon.stop()
    shutil.rmtree(daemon.disk("b"))

    check(daemon.start(["a", "b"], 2), "it does not start without one disk")
    read(daemon, held, "without a disk")
    disks = daemon.disks()
    check(disks[gone]["state"] == "failed", f"the disk that is gone: {disks[gone]}")
    check(daemon.ctl("volume", "show", "1")["item"]["state"] == "degraded", "the volume is not")
    check("lakectl disk replace" in str(daemon.ctl("service", "list")), "nobody says what to do")
    try:
        daemon.s3.put_object(Bucket=BUCKET, Key="refused", Body=body("refused", 3000))
        sys.exit("failed: a put is acknowledged with one copy")
    except ClientError as error:
        check(error.response["ResponseMetadata"]["HTTPStatusCode"] == 503, f"{error}")
    daemon.s3.delete_object(Bucket=BUCKET, Key="before/1")
    del held["before/1"]

    daemon.ctl("disk", "replace", "nothing", "--yes", exit=3)
    daemon.ctl("disk", "replace", gone, "--with", "nothing", "--yes", exit=2)
    job = daemon.ctl("disk", "replace", gone, "--yes")["job"]
    # It takes writes again before the new disk is full.
    until = time.monotonic() + 15
    while True:
        try:
            daemon.s3.put_object(Bucket=BUCKET, Key="again", Body=body("again", 3000))
            break
        except ClientError:
            check(time.monotonic() < until, "it does not take writes again")
            time.sleep(0.1)
    held["again"] = hashlib.md5(body("again", 3000)).hexdigest()
    load = Load(daemon, held)
    load.start()
    time.sleep(5)
    load.over.set()
    load.join()
    # The job goes on where it was.
    daemon.stop(signal.SIGKILL)
    check(daemon.start(["a", "b"], 2), "it does not start again")
    ended = daemon.ctl("job", "wait", job, "--timeout", "3m")
    check("done" in str(ended), f"the job: {ended}")
    read(daemon, held, "after the disk was replaced")
    check(gone not in daemon.disks(), "the disk that is gone is still there")
    daemon.stop()

    shutil.rmtree(daemon.disk("a"))
    check(daemon.start(["a", "b"], 2), "it does not start with the new disk alone")
    read(daemon, held, "from the new disk alone")
    totals["mirror"] = len(held)
    daemon.stop()


def taken_out(daemon, totals):
    """The only disk of a volume is emptied into a spare one, under load."""
    held = {}
    check(daemon.start(["a", "b"], 1, spares=1), "it does not start with a spare")
    daemon.s3.create_bucket(Bucket=BUCKET)
    fill(daemon, held, "before")
    disks = daemon.disks()
    check(sorted(bool(disk.get("volume")) for disk in disks.values()) == [False, True], f"{disks}")
    old = next(d for d, disk in disks.items() if disk.get("volume"))
    name = os.path.basename(disks[old]["path"])
    load = Load(daemon, held)
    load.start()
    daemon.ctl("disk", "replace", old, "--yes", "--wait")
    load.over.set()
    load.join()
    after = daemon.disks()
    check(not after[old].get("volume"), f"the old disk is still of a volume: {after[old]}")
    read(daemon, held, "after the disk was taken out")
    # What it had before is of no use to anybody else.
    daemon.ctl("disk", "replace", next(d for d in after if d != old), "--yes", "--wait", exit=1)
    daemon.stop()
    shutil.rmtree(daemon.disk(name))
    other = "b" if name == "a" else "a"
    check(daemon.start([other], 1), "it does not start without the old disk")
    read(daemon, held, "without the old disk")
    totals["taken_out"] = len(held)
    totals["puts_meanwhile"] = load.answers
    daemon.stop()
    shutil.rmtree(daemon.disk(other))
    check(not daemon.start([other], 1), "it starts without the only copy")
    check(daemon.process.wait(timeout=20) == 1, "another end without the only copy")


def main():
    parser = argparse.ArgumentParser()
    for name in ("laked", "lakectl", "folder"):
        parser.add_argument(name)
    arguments = parser.parse_args()
    totals = {}
    for part in (mirror, taken_out):
        folder = os.path.join(arguments.folder, part.__name__)
        os.makedirs(folder)
        daemon = Daemon(arguments.laked, arguments.lakectl, folder)
        try:
            part(daemon, totals)
        finally:
            if daemon.process.poll() is None:
                daemon.process.kill()
    print(json.dumps(totals))


if __name__ == "__main__":
    main()
