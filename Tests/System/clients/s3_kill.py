#!/usr/bin/env python3
"""Kills a daemon under mixed load, again and again, and holds it to every answer that it gave.

    s3_kill.py LAKED FOLDER [--rounds N] [--seconds S] [--threads T]

A key belongs to one thread. What was answered must be there after the kill; of the one request of a
thread that had no answer yet, either outcome will do. Prints one line of JSON with the totals.
"""
import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

BUCKET = "kill-bucket"
SIZES = [0, 1, 200, 512, 513, 4000, 4096, 20_000, 131_072, 131_073, 400_000]
ABSENT = "absent"


def start(laked, folder):
    process = subprocess.Popen(
        [laked, "standalone", "--data", folder, "--ports", "auto"], stdout=subprocess.PIPE,
        stderr=open(os.path.join(folder + ".log"), "a"), text=True)
    line = process.stdout.readline()
    if line != "ready\n":
        sys.exit(f"the daemon did not come up: {line!r}, see {folder}.log")
    return process


def client(folder):
    with open(os.path.join(folder, "endpoints.json")) as file:
        endpoint = json.load(file)["s3"]
    with open(os.path.join(folder, "credentials.json")) as file:
        key = json.load(file)
    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"], region_name="us-east-1",
        config=Config(
            retries={"max_attempts": 1}, s3={"addressing_style": "path"}, connect_timeout=2,
            read_timeout=20, max_pool_connections=1))


def body(name, size):
    block = hashlib.sha256(name.encode()).digest()
    return (block * (size // 32 + 1))[:size]


class Worker(threading.Thread):
    """Changes its keys, and knows what each may be."""

    def __init__(self, number, seed):
        super().__init__()
        self.number = number
        self.random = random.Random(seed)
        # Key: the digests it may have, the last one acknowledged first.
        self.may = {}
        self.answers = 0
        # An error that the daemon answered: it should have been killed before it refuses anything.
        self.refusal = None
        self.stop = threading.Event()

    def use(self, s3):
        self.s3 = s3

    def run(self):
        while not self.stop.is_set():
            key = f"t{self.number}/{self.random.randrange(4)}/{self.random.randrange(60)}"
            before = self.may.get(key, [ABSENT])[0]
            name = f"{key}#{self.random.getrandbits(64):x}"
            kind = self.random.random()
            content = body(name, self.random.choice(SIZES))
            after = ABSENT if kind < 0.2 else hashlib.md5(content).hexdigest()
            self.may[key] = [before, after]
            try:
                if kind < 0.2:
                    self.s3.delete_object(Bucket=BUCKET, Key=key)
                elif kind < 0.25:
                    # Every part but the last has five mebibytes.
                    content = body(name, 5 << 20) + content
                    self.may[key] = [before, hashlib.md5(content).hexdigest()]
                    after = self.may[key][1]
                    self.multipart(key, content)
                else:
                    self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
            except (BotoCoreError, ClientError, OSError) as error:
                answer = getattr(error, "response", None) or {}
                self.refusal = answer.get("Error")
                return
            self.may[key] = [after]
            self.answers += 1

    def multipart(self, key, content):
        upload = self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        parts = []
        for number, piece in enumerate((content[: 5 << 20], content[5 << 20:]), 1):
            tag = self.s3.upload_part(
                Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=piece)["ETag"]
            parts.append({"PartNumber": number, "ETag": tag})
        self.s3.complete_multipart_upload(
            Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


def look(s3, key, bucket=BUCKET):
    try:
        return hashlib.md5(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return ABSENT


def verify(s3, workers):
    """What is there is what may be there, and the list tells the same."""
    listed = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        listed.update(entry["Key"] for entry in page.get("Contents", []))
    wrong = []
    for worker in workers:
        for key, may in worker.may.items():
            found = look(s3, key)
            if found not in may:
                wrong.append(f"{key} is {found}, may be {may}")
            if (found != ABSENT) != (key in listed):
                wrong.append(f"{key} is {found}, and the list says {key in listed}")
            worker.may[key] = [found]
    known = {key for worker in workers for key in worker.may}
    wrong += [f"{key} was never put" for key in listed - known]
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laked")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    pace = random.Random(arguments.seed)
    states = [{} for _ in range(arguments.threads)]
    answers = 0
    process = start(arguments.laked, arguments.folder)
    try:
        client(arguments.folder).create_bucket(Bucket=BUCKET)
        for round in range(arguments.rounds):
            workers = []
            for number in range(arguments.threads):
                worker = Worker(number, pace.getrandbits(64))
                worker.may = states[number]
                worker.use(client(arguments.folder))
                workers.append(worker)
            for worker in workers:
                worker.start()
            time.sleep(pace.uniform(0.3, 1.0) * arguments.seconds)
            process.send_signal(signal.SIGKILL)
            process.wait()
            for worker in workers:
                worker.stop.set()
                worker.join()
                if worker.refusal:
                    sys.exit(f"round {round}: refused: {worker.refusal}")
            process = start(arguments.laked, arguments.folder)
            wrong = verify(client(arguments.folder), workers)
            if wrong:
                sys.exit(f"round {round}: " + "; ".join(wrong[:20]))
            answers += sum(worker.answers for worker in workers)
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        if code != 0:
            sys.exit(f"the daemon ended with {code}")
        print(json.dumps({
            "rounds": arguments.rounds, "answers": answers,
            "keys": sum(len(state) for state in states)}))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
