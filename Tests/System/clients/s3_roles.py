#!/usr/bin/env python3
"""Runs the four roles of the object store apart, kills each in turn under load, and holds them to every
answer that they gave.

    s3_roles.py LAKED FOLDER ETCD MASTER_KEY_FILE [--mirror] [--rounds N] [--client "COMMAND …"]

With --mirror there are two daemons of object-blobs, and every block is in both. --client runs a command
with the endpoint in the place of ENDPOINT before the kills. Prints one line of JSON with the totals.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_kill import ABSENT, SIZES, body, look

BUCKET = "roles-bucket"
KEY, SECRET = "ROLESACCESSKEY0000001", "roles-secret-key-of-the-test-0123456789"


def free_port():
    """One that the kernel gives nobody who asks for any: it stays free while its owner is away."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Daemon:
    def __init__(self, name, role, common, folder, more=()):
        self.name, self.role = name, role
        self.data = os.path.join(folder, name)
        self.log = self.data + ".log"
        self.command = [common["laked"], role, "--data", self.data, "--node-name", name]
        self.command += common["arguments"] + list(more)
        self.process = None

    def start(self):
        environment = dict(
            os.environ, LAKE_ROOT_ACCESS_KEY=KEY, LAKE_ROOT_SECRET_KEY=SECRET)
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True,
            env=environment)

    def ready(self):
        line = self.process.stdout.readline()
        if line != "ready\n":
            sys.exit(f"{self.name} did not come up: {line!r}, see {self.log}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if code != 0:
            sys.exit(f"{self.name} ended with {code}, see {self.log}")


def client(port, attempts=1):
    return boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id=KEY,
        aws_secret_access_key=SECRET, region_name="us-east-1",
        config=Config(
            retries={"max_attempts": attempts}, s3={"addressing_style": "path"},
            connect_timeout=2, read_timeout=60, max_pool_connections=1))


class Worker(threading.Thread):
    """Changes its keys for as long as it may. A key whose request failed is left alone until it was
    looked at: it may be as before, or as asked."""

    def __init__(self, number, seed, s3, may):
        super().__init__()
        self.number, self.random, self.s3, self.may = number, random.Random(seed), s3, may
        self.answers = 0
        self.errors = {}
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            key = f"t{self.number}/{self.random.randrange(4)}/{self.random.randrange(80)}"
            before = self.may.get(key, [ABSENT])
            if len(before) > 1:
                continue
            name = f"{key}#{self.random.getrandbits(64):x}"
            content = body(name, self.random.choice(SIZES))
            deletes = self.random.random() < 0.2
            after = ABSENT if deletes else hashlib.md5(content).hexdigest()
            self.may[key] = [before[0], after]
            try:
                if deletes:
                    self.s3.delete_object(Bucket=BUCKET, Key=key)
                else:
                    self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
            except (BotoCoreError, ClientError, OSError) as error:
                answer = getattr(error, "response", None) or {}
                code = answer.get("Error", {}).get("Code", type(error).__name__)
                self.errors[code] = self.errors.get(code, 0) + 1
                time.sleep(0.05)
                continue
            self.may[key] = [after]
            self.answers += 1


class Cluster:
    def __init__(self, arguments):
        self.random = random.Random(arguments.seed)
        self.port = free_port()
        common = {
            "laked": arguments.laked,
            "arguments": [
                "--ports", "auto", "--facts-store", "etcd", "--facts-endpoints", arguments.etcd,
                "--security-master-key-file", arguments.master_key, "--object-garbage-delay", "1s",
            ],
        }
        folder = arguments.folder
        copies = ["--object-blobs-copies", "2"] if arguments.mirror else []
        blobs = ["blobs-a", "blobs-b"] if arguments.mirror else ["blobs-a"]
        # Those that wait for others begin.
        self.daemons = [
            Daemon("gateway", "object-gateway", common, folder, ["--s3-port", str(self.port)]),
            Daemon("namespace", "object-namespace", common, folder),
            *(Daemon(name, "object-blobs", common, folder, copies) for name in blobs),
            Daemon("control", "object-control", common, folder),
        ]
        self.states = [{} for _ in range(arguments.threads)]
        self.answers = 0
        self.errors = {}

    def named(self, name):
        return next(daemon for daemon in self.daemons if daemon.name == name)

    def start(self):
        for daemon in self.daemons:
            daemon.start()
            time.sleep(0.3)
        for daemon in reversed(self.daemons):
            daemon.ready()
        client(self.port).create_bucket(Bucket=BUCKET)

    def load(self):
        workers = []
        for number, may in enumerate(self.states):
            workers.append(
                Worker(number, self.random.getrandbits(64), client(self.port), may))
        for worker in workers:
            worker.start()
        return workers

    def end(self, workers):
        for worker in workers:
            worker.ending.set()
        for worker in workers:
            worker.join()
        errors = {}
        for worker in workers:
            self.answers += worker.answers
            for code, count in worker.errors.items():
                errors[code] = errors.get(code, 0) + count
                self.errors[code] = self.errors.get(code, 0) + count
        return sum(worker.answers for worker in workers), errors

    def verify(self, when):
        s3 = client(self.port, attempts=5)
        listed = set()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            listed.update(entry["Key"] for entry in page.get("Contents", []))
        wrong = []
        for may in self.states:
            for key, allowed in may.items():
                found = look(s3, key, BUCKET)
                if found not in allowed:
                    wrong.append(f"{key} is {found}, may be {allowed}")
                if (found != ABSENT) != (key in listed):
                    wrong.append(f"{key} is {found}, and the list says {key in listed}")
                may[key] = [found]
        if wrong:
            sys.exit(f"{when}: " + "; ".join(wrong[:20]))

    def kill_each(self, round):
        """Kills and restarts every role while clients go on."""
        for daemon in self.daemons:
            when = f"round {round}, {daemon.name} killed"
            workers = self.load()
            time.sleep(self.random.uniform(0.5, 1.0))
            daemon.kill()
            time.sleep(self.random.uniform(0.2, 1.5))
            daemon.start()
            daemon.ready()
            began = sum(worker.answers for worker in workers)
            deadline = time.time() + 45
            while sum(worker.answers for worker in workers) < began + 10:
                if time.time() > deadline:
                    _, errors = self.end(workers)
                    sys.exit(f"{when}: nothing is answered afterwards: {errors}")
                time.sleep(0.1)
            _, errors = self.end(workers)
            strange = set(errors) - {
                "ServiceUnavailable", "SlowDown", "EndpointConnectionError", "ConnectionClosedError",
                "ReadTimeoutError", "ConnectTimeoutError", "ConnectionError"}
            if strange:
                sys.exit(f"{when}: unexpected errors {errors}")
            if daemon.role == "object-control" and errors:
                sys.exit(f"{when}: requests failed although control is on no path: {errors}")
            if daemon.role == "object-namespace" and errors:
                sys.exit(f"{when}: requests were not held until it was back: {errors}")
            self.verify(when)

    def lose_a_member(self):
        """One of a mirror is away: everything is read, nothing new is acknowledged; then it is back."""
        workers = self.load()
        time.sleep(1)
        self.named("blobs-b").kill()
        time.sleep(2.5)
        self.end(workers)
        self.verify("a member is away")
        s3 = client(self.port)
        try:
            s3.put_object(Bucket=BUCKET, Key="refused", Body=bytes(100_000))
            sys.exit("a put was acknowledged that only one of two disks has")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                raise
        self.named("blobs-b").start()
        self.named("blobs-b").ready()
        deadline = time.time() + 30
        while True:
            try:
                s3.put_object(Bucket=BUCKET, Key="taken", Body=bytes(100_000))
                break
            except ClientError:
                if time.time() > deadline:
                    raise
                time.sleep(0.2)
        # Whoever was away has what the other has: now the other may go.
        self.repaired()
        self.named("blobs-a").kill()
        time.sleep(1.5)
        self.verify("the other member is away")
        if len(s3.get_object(Bucket=BUCKET, Key="taken")["Body"].read()) != 100_000:
            sys.exit("what was put after the return is not on both")
        self.named("blobs-a").start()
        self.named("blobs-a").ready()

    def replace_a_disk(self):
        """A disk of one node dies and an empty one takes its place; then the other node is away."""
        daemon = self.named("blobs-b")
        before = {disk["disk"] for disk in self.admin("/object/disks")["items"]}
        daemon.kill()
        shutil.rmtree(os.path.join(daemon.data, "object-blobs"))
        daemon.start()
        daemon.ready()
        self.verify("a disk is gone")
        deadline = time.time() + 30
        while True:
            disks = self.admin("/object/disks")["items"]
            gone = [disk["disk"] for disk in disks if disk["state"] == "failed"]
            new = [disk["disk"] for disk in disks if disk["disk"] not in before]
            if len(gone) == 1 and len(new) == 1:
                break
            if time.time() > deadline:
                sys.exit(f"a disk is gone and one has come: {disks}")
            time.sleep(0.2)
        job = self.admin(f"/object/disks/{gone[0]}/replace", {"with": new[0]})["job"]
        deadline = time.time() + 120
        while self.admin(f"/jobs/{job}")["item"]["state"] != "succeeded":
            if time.time() > deadline:
                sys.exit(f"the disk was not replaced: {self.admin(f'/jobs/{job}')}")
            time.sleep(0.5)
        client(self.port, attempts=5).put_object(Bucket=BUCKET, Key="new", Body=bytes(100_000))
        self.named("blobs-a").kill()
        time.sleep(1.5)
        self.verify("the disk was replaced, and the other node is away")
        if len(client(self.port).get_object(Bucket=BUCKET, Key="new")["Body"].read()) != 100_000:
            sys.exit("what was put after the disk was replaced is not on it")
        if gone[0] in [disk["disk"] for disk in self.admin("/object/disks")["items"]]:
            sys.exit("the disk that is gone is still listed")
        self.named("blobs-a").start()
        self.named("blobs-a").ready()

    def repaired(self):
        """Waits for the job that a member asks for when it is back."""
        deadline = time.time() + 60
        while True:
            jobs = self.admin("/jobs?limit=100")["items"]
            done = [
                job for job in jobs
                if job["kind"] == "object-repair" and job["state"] == "succeeded"]
            if done:
                return
            if time.time() > deadline:
                sys.exit(f"no repair was done: {jobs}")
            time.sleep(0.5)

    def admin(self, path, change=None):
        daemon = self.named("gateway")
        with open(os.path.join(daemon.data, "endpoints.json")) as file:
            endpoint = json.load(file)["admin"]
        token = None
        for other in self.daemons:
            file = os.path.join(other.data, "credentials.json")
            if os.path.exists(file):
                with open(file) as file:
                    token = json.load(file)["admin_token"]
        request = urllib.request.Request(
            endpoint + "/admin/v1" + path, headers={"Authorization": f"Bearer {token}"},
            data=None if change is None else json.dumps(change).encode())
        if change is not None:
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laked")
    parser.add_argument("folder")
    parser.add_argument("etcd")
    parser.add_argument("master_key")
    parser.add_argument("--mirror", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--client")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    cluster = Cluster(arguments)
    try:
        cluster.start()
        if arguments.client:
            command = arguments.client.replace("ENDPOINT", f"http://127.0.0.1:{cluster.port}")
            environment = dict(
                os.environ, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
            subprocess.run(command, shell=True, check=True, env=environment)
        for round in range(arguments.rounds):
            cluster.kill_each(round)
        if arguments.mirror:
            cluster.lose_a_member()
            cluster.replace_a_disk()
        for daemon in cluster.daemons:
            daemon.stop()
        print(json.dumps({
            "rounds": arguments.rounds, "answers": cluster.answers, "errors": cluster.errors,
            "keys": sum(len(state) for state in cluster.states)}))
    finally:
        for daemon in cluster.daemons:
            if daemon.process and daemon.process.poll() is None:
                daemon.kill()


if __name__ == "__main__":
    main()
