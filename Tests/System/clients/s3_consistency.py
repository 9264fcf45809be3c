#!/usr/bin/env python3
"""Holds an S3 endpoint to what it promises when many ask at the same time.

    s3_consistency.py ENDPOINT [--scale N] [--seed N]

1. Histories of single keys (put, get, delete, conditional put) are linearizable: some order of the operations,
   each between its beginning and its end, explains every answer.
2. A counter that is raised by If-Match ends at the number of successes.
3. A folder that is renamed back and forth is seen whole on one side by every page of every listing.
4. Names that nobody touches are in every listing once, while others come and go.

The key is that of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""
import argparse
import os
import random
import sys
import threading
import time

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
import http.client

BUCKET = "consistency"


def client(endpoint):
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))


def together(bodies):
    """Runs them in threads; the first error ends the program."""
    errors = []

    def guarded(body):
        try:
            body()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# MARK: Histories

class Event:
    """One operation on a register: what it did, what it saw, and between when and when."""

    def __init__(self, kind, value, begin):
        self.kind, self.value, self.begin, self.end = kind, value, begin, None
        self.seen = None

    def __repr__(self):
        return f"{self.kind}({self.value})={self.seen} [{self.begin:.6f},{self.end:.6f}]"


def apply(state, event):
    """The state after the event, or False when the event cannot have seen this state."""
    if event.kind == "put":
        return event.value
    if event.kind == "delete":
        return None
    if event.kind == "get":
        return state if event.seen == state else False
    # A put that may only make: seen says whether it was done.
    if event.seen:
        return event.value if state is None else False
    return state if state is not None else False


def linearizable(events):
    """Wing and Gong's search, with the states that were visited remembered."""
    events = sorted(events, key=lambda event: event.begin)
    count = len(events)
    visited = set()
    # Done: a bit for each event.
    stack = [(0, None)]
    while stack:
        done, state = stack.pop()
        if done == (1 << count) - 1:
            return True
        if (done, state) in visited:
            continue
        visited.add((done, state))
        open_end = min(events[n].end for n in range(count) if not done >> n & 1)
        for number, event in enumerate(events):
            if done >> number & 1:
                continue
            if event.begin > open_end:
                break
            after = apply(state, event)
            if after is not False:
                stack.append((done | 1 << number, after))
    return False


def histories(endpoint, scale, seed):
    keys = [f"register/{number}" for number in range(4)]
    log = {key: [] for key in keys}
    lock = threading.Lock()

    def worker(number):
        chance = random.Random(seed * 1000 + number)
        s3 = client(endpoint)
        for step in range(40 * scale):
            key = chance.choice(keys)
            kind = chance.choice(["put", "get", "get", "delete", "make"])
            event = Event(kind, f"{number}-{step}", time.monotonic())
            if kind == "put":
                s3.put_object(Bucket=BUCKET, Key=key, Body=event.value.encode())
            elif kind == "delete":
                s3.delete_object(Bucket=BUCKET, Key=key)
            elif kind == "get":
                try:
                    event.seen = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
                except ClientError as error:
                    if error.response["Error"]["Code"] != "NoSuchKey":
                        raise
            else:
                try:
                    s3.put_object(Bucket=BUCKET, Key=key, Body=event.value.encode(), IfNoneMatch="*")
                    event.seen = True
                except ClientError as error:
                    if error.response["Error"]["Code"] != "PreconditionFailed":
                        raise
                    event.seen = False
            event.end = time.monotonic()
            with lock:
                log[key].append(event)

    together([lambda number=number: worker(number) for number in range(8)])
    for key, events in log.items():
        if not linearizable(events):
            sys.exit(f"{key}: no order explains these {len(events)} answers: {events[:30]}")
    return sum(len(events) for events in log.values())


# MARK: Counter

def counter(endpoint, scale):
    client(endpoint).put_object(Bucket=BUCKET, Key="counter", Body=b"0")
    successes = [0] * 16

    def worker(number):
        s3 = client(endpoint)
        for _ in range(6 * scale):
            got = s3.get_object(Bucket=BUCKET, Key="counter")
            value = int(got["Body"].read())
            try:
                s3.put_object(
                    Bucket=BUCKET, Key="counter", Body=str(value + 1).encode(), IfMatch=got["ETag"])
                successes[number] += 1
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in ("PreconditionFailed", "ConditionalRequestConflict"):
                    raise

    together([lambda number=number: worker(number) for number in range(16)])
    end = int(client(endpoint).get_object(Bucket=BUCKET, Key="counter")["Body"].read())
    if end != sum(successes):
        sys.exit(f"the counter is {end} after {sum(successes)} successes")
    return end


# MARK: Renames

def rename(connection, endpoint, source, target):
    url = f"{endpoint}/{BUCKET}/{target}?renameFolder"
    request = AWSRequest("PUT", url, headers={
        "x-amz-rename-source": f"{BUCKET}/{source}", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    connection.request("PUT", url.removeprefix(endpoint), headers=dict(request.headers.items()))
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"rename {source} {target}: {answer.status} {text[:300]}")


def renames(endpoint, scale):
    count = 500 * scale
    s3 = client(endpoint)
    for number in range(count):
        s3.put_object(Bucket=BUCKET, Key=f"swing/a/{number:06d}", Body=b"")
    stop = threading.Event()
    seen = {"listings": 0}

    def mover():
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
        try:
            for _ in range(20 * scale):
                rename(connection, endpoint, "swing/a/", "swing/b/")
                rename(connection, endpoint, "swing/b/", "swing/a/")
        finally:
            stop.set()

    def lister():
        own = client(endpoint)
        while not stop.is_set():
            page = own.list_objects_v2(Bucket=BUCKET, Prefix="swing/", MaxKeys=1000)
            sides = {entry["Key"][:8] for entry in page.get("Contents", [])}
            if len(sides) != 1:
                raise RuntimeError(f"a page shows {sides or 'neither side'}")
            if count <= 1000 and page["KeyCount"] != count:
                raise RuntimeError(f"a page shows {page['KeyCount']} of {count} keys")
            seen["listings"] += 1

    together([mover, lister, lister])
    return seen["listings"]


# MARK: Churn

def churn(endpoint, scale):
    s3 = client(endpoint)
    fixed = sorted(f"churn/{number * 7 % 100:02d}/fixed-{number:03d}" for number in range(150))
    for key in fixed:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    stop = threading.Event()
    listings = [0]

    def writer(number):
        own = client(endpoint)
        chance = random.Random(number)
        for _ in range(60 * scale):
            key = f"churn/{chance.randrange(100):02d}/moving-{number}-{chance.randrange(40)}"
            if chance.random() < 0.5:
                own.put_object(Bucket=BUCKET, Key=key, Body=b"")
            else:
                own.delete_object(Bucket=BUCKET, Key=key)

    def writers():
        try:
            together([lambda number=number: writer(number) for number in range(4)])
        finally:
            stop.set()

    def lister():
        own = client(endpoint)
        while not stop.is_set():
            found = []
            for page in own.get_paginator("list_objects_v2").paginate(
                    Bucket=BUCKET, Prefix="churn/", PaginationConfig={"PageSize": 17}):
                found += [entry["Key"] for entry in page.get("Contents", [])]
            if [key for key in found if "fixed" in key] != fixed:
                raise RuntimeError("a listing misses or repeats a name that nobody touches")
            if found != sorted(found, key=lambda key: key.encode()):
                raise RuntimeError("a listing is out of order")
            listings[0] += 1

    together([writers, lister])
    return listings[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    endpoint, scale = arguments.endpoint, arguments.scale
    client(endpoint).create_bucket(Bucket=BUCKET)
    print(f"histories: {histories(endpoint, scale, arguments.seed)} operations are linearizable")
    print(f"counter: {counter(endpoint, scale)}")
    print(f"renames: {renames(endpoint, scale)} listings saw one side")
    print(f"churn: {churn(endpoint, scale)} listings were whole")
    print("consistency: ok")


if __name__ == "__main__":
    main()
