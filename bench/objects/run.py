#!/usr/bin/env python3
"""Measures laked's S3 beside its peers and prints ratios; see run.

    run.py BIN BENCH_JOURNAL [--seconds S] [--millions M] [--only PART,…]
"""
import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A process whose processor time is read."""

    def __init__(self, name, process, pids, endpoint):
        self.name, self.process, self.pids, self.endpoint = name, process, pids, endpoint

    def cpu(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def memory(self):
        with open(f"/proc/{self.pids()[0]}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) << 10

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


class Lake(Server):
    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.start()

    def start(self):
        begin = time.monotonic()
        process = subprocess.Popen(
            [f"{self.binaries}/laked", "standalone", "--data", self.folder, "--ports", "auto"],
            stdout=subprocess.PIPE, stderr=open(self.folder + ".log", "a"), text=True)
        if process.stdout.readline() != "ready\n":
            sys.exit(f"laked did not start: see {self.folder}.log")
        self.started = time.monotonic() - begin
        with open(f"{self.folder}/endpoints.json") as file:
            self.endpoints = json.load(file)
        with open(f"{self.folder}/credentials.json") as file:
            key = json.load(file)
        self.key = {
            "AWS_ACCESS_KEY_ID": key["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": key["secret_access_key"]}
        Server.__init__(self, "laked", process, lambda: [process.pid], self.endpoints["s3"])

    def ctl(self, *words, check=True):
        done = subprocess.run(
            [f"{self.binaries}/lakectl", *words], capture_output=True, text=True,
            env=dict(os.environ, LAKE_CONFIG_DIR=f"{self.folder}/lakectl", **self.key))
        if check and done.returncode != 0:
            sys.exit(f"lakectl {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    def client(self, endpoint=None):
        import boto3
        from botocore.config import Config
        return boto3.client(
            "s3", endpoint_url=endpoint or self.endpoint, region_name="us-east-1",
            aws_access_key_id=self.key["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.key["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                signature_version="s3v4", s3={"addressing_style": "path"},
                request_checksum_calculation="when_required"))


def rclone(lake, folder):
    port = free_port()
    os.makedirs(folder)
    key = f"{lake.key['AWS_ACCESS_KEY_ID']},{lake.key['AWS_SECRET_ACCESS_KEY']}"
    process = subprocess.Popen(
        [shutil.which("rclone"), "serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key",
         key, "--config", "/dev/null"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    return Server("rclone", process, lambda: [process.pid], f"http://127.0.0.1:{port}")


def wait_for(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing listens on {port}")


def bench(lake, server, op, *words):
    """One measurement: rates, latencies, and processor time of the server for a request."""
    arguments = ["object", "bench", "--op", op, "--s3-endpoint", server.endpoint, "--yes", "-o", "json"]
    before = server.cpu()
    out = json.loads(lake.ctl(*arguments, *words))
    used = server.cpu() - before
    row = out["items"][0]
    row["cpu_us"] = used
    return row


def measured(lake, server, op, seconds, *words):
    """CPU is that of the measured time alone: a first run fills the bucket, its share is taken off."""
    row = bench(lake, server, op, "--duration", f"{seconds}s", "--warmup", "1s", *words)
    idle = bench(lake, server, op, "--duration", "1s", "--warmup", "1s", *words)
    requests = row["request_count"] - idle["request_count"]
    row["cpu_us"] = (row["cpu_us"] - idle["cpu_us"]) * 1e6 / max(1, requests)
    return row


def line(name, text):
    print(f"{name:<34}{text}", flush=True)


def show(name, row):
    line(name, f"{row['rate_per_s']:>9.0f}/s  p50 {row['p50_ms']:.2f} ms  p99 {row['p99_ms']:.2f} ms"
               f"  cpu {row['cpu_us']:.1f} us  errors {row['error_count']}")


def signed_paths(lake, server, count):
    """`count` objects of 4 KiB, and for each a signed GET: its path and its fields."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    client = lake.client(server.endpoint)
    client.create_bucket(Bucket="small")
    key = botocore.credentials.Credentials(*lake.key.values())
    signer = botocore.auth.S3SigV4Auth(key, "s3", "us-east-1")
    rows = []
    for number in range(count):
        client.put_object(Bucket="small", Key=f"o/{number}", Body=os.urandom(4096))
        request = botocore.awsrequest.AWSRequest("GET", f"{server.endpoint}/small/o/{number}")
        signer.add_auth(request)
        fields = dict(request.headers.items(), Host=server.endpoint.split("//")[1])
        rows.append((f"/small/o/{number}", fields))
    return rows


LUA = """local requests, turn = {}, 0
%s
request = function() turn = turn %% #requests + 1; return requests[turn] end
"""


def signed_gets(lake, server, arguments):
    """Signed GETs from a generator that costs next to nothing: the signatures were made before."""
    lines = []
    for path, fields in signed_paths(lake, server, 1000):
        table = ", ".join(f'["{name}"]="{value}"' for name, value in fields.items())
        lines.append(f'requests[#requests+1] = wrk.format("GET", "{path}", {{{table}}})')
    with tempfile.NamedTemporaryFile("w", suffix=".lua", dir=arguments.scratch) as script:
        script.write(LUA % "\n".join(lines))
        script.flush()
        before = server.cpu()
        out = subprocess.run(
            ["wrk", "-t1", "-c16", f"-d{arguments.seconds}s", "--latency", "-s", script.name,
             server.endpoint], capture_output=True, text=True, check=True).stdout
    count = int(re.search(r"(\d+) requests in", out).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if refused or "Socket errors" in out:
        sys.exit(f"wrk: {out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    p50, p99 = (re.search(rf"^\s+{mark}%\s+(\S+)", out, re.M).group(1) for mark in ("50", "99"))
    cpu = (server.cpu() - before) * 1e6 / count
    line(f"signed GET 4 KiB, 16 connections: {server.name}",
         f"{rate:>9.0f}/s  p50 {p50}  p99 {p99}  cpu {cpu:.1f} us")
    return rate, cpu


def get(lake, peer, arguments):
    ours, our_cpu = signed_gets(lake, lake, arguments)
    theirs, their_cpu = signed_gets(lake, peer, arguments)
    line("  ratio of rates (wanted 3)", f"{ours / theirs:.2f}")
    line("  ratio of cpu", f"{our_cpu / their_cpu:.2f}")
    nginx_get(lake, arguments)


def nginx_get(lake, arguments):
    """The same bytes as static files, unsigned: what the machine gives without S3."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(nginx) or not shutil.which("wrk"):
        line("nginx", "not installed")
        return
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        os.makedirs(f"{folder}/html")
        with open(f"{folder}/html/o", "wb") as file:
            file.write(os.urandom(4096))
        port = free_port()
        with open(f"{folder}/nginx.conf", "w") as file:
            file.write(
                f"user root; daemon off; master_process off; pid {folder}/pid; error_log {folder}/e;\n"
                "events {}\nhttp { access_log off; sendfile on; keepalive_requests 1000000000;\n"
                f"  server {{ listen 127.0.0.1:{port}; root {folder}/html; }} }}\n")
        process = subprocess.Popen([nginx, "-p", folder, "-c", f"{folder}/nginx.conf"])
        server = Server("nginx", process, lambda: [process.pid], f"http://127.0.0.1:{port}")
        try:
            wait_for(port)
            before = server.cpu()
            out = subprocess.run(
                ["wrk", "-t1", "-c16", f"-d{arguments.seconds}s", f"{server.endpoint}/o"],
                capture_output=True, text=True, check=True).stdout
            count = int(re.search(r"(\d+) requests in", out).group(1))
            line("GET 4 KiB, 16 connections: nginx",
                 f"{count / arguments.seconds:>9.0f}/s  cpu {(server.cpu() - before) * 1e6 / count:.1f} us")
        finally:
            server.stop()


def put(lake, peer, arguments):
    words = ("--size", "4KiB", "--concurrency", "64", "--objects", "64")
    ours = measured(lake, lake, "put", arguments.seconds, *words)
    out = subprocess.run(
        [arguments.journal, "--directory", arguments.scratch, "--writers", "64", "--bytes", "4096",
         "--seconds", "1", "--rounds", "5"], capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"bench-journal: {out.stderr}")
    show("PUT 4 KiB durable, 64 connections", ours)
    for text in out.stdout.splitlines():
        if "writers of" in text:
            line("  journal", text.strip())
    found = re.search(r"(\d+) records/s", out.stdout)
    if found:
        rate = float(found.group(1))
        line("  ratio to the journal (wanted 0.6)", f"{ours['rate_per_s'] / rate:.2f}")


def head(lake, peer, arguments):
    words = ("--size", "4KiB", "--concurrency", "16", "--objects", "1000")
    head = measured(lake, lake, "stat", arguments.seconds, *words)
    get = measured(lake, lake, "get", arguments.seconds, *words)
    show("HEAD, 16 connections", head)
    line("  ratio to GET (wanted over 1)", f"{head['rate_per_s'] / get['rate_per_s']:.2f}")


def fill(lake, bucket, count, name, concurrency=64):
    """`count` small objects, by plain requests over presigned addresses: the fill is not measured."""
    import concurrent.futures
    import threading
    client = lake.client()
    local = threading.local()
    host = lake.endpoint.removeprefix("http://")

    def piece(numbers):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(host)
        for number in numbers:
            url = client.generate_presigned_url(
                "put_object", Params={"Bucket": bucket, "Key": name(number)})
            local.connection.request("PUT", url.removeprefix(lake.endpoint), b"x")
            answer = local.connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{name(number)}: {answer.status} {text[:300]}")

    step = 500
    with concurrent.futures.ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(piece, [range(n, min(n + step, count)) for n in range(0, count, step)]))


def timed(rounds, body):
    best = []
    for _ in range(rounds):
        begin = time.perf_counter()
        body()
        best.append((time.perf_counter() - begin) * 1000)
    best.sort()
    return best[len(best) // 2]


def listing(lake, peer, arguments):
    client = lake.client()
    client.create_bucket(Bucket="list-bench")
    fill(lake, "list-bench", 2000, lambda n: f"k/{n:08d}")
    url = client.generate_presigned_url(
        "list_objects_v2", Params={"Bucket": "list-bench", "MaxKeys": 1000})
    connection = http.client.HTTPConnection(lake.endpoint.removeprefix("http://"))

    def page():
        connection.request("GET", url.removeprefix(lake.endpoint))
        if connection.getresponse().read().count(b"<Key>") != 1000:
            raise RuntimeError("the page is not whole")

    line("list page of 1,000 (wanted 3 ms)", f"{timed(50, page):.2f} ms")


def renaming(lake, peer, arguments):
    client = lake.client()
    client.create_bucket(Bucket="rename-bench")
    times = {}
    for count in (1000, 100_000):
        fill(lake, "rename-bench", count, lambda n: f"a{count}/d{n % 97}/{n:08d}")
        state = {"at": f"a{count}/", "to": f"b{count}/"}
        connection = http.client.HTTPConnection(lake.endpoint.removeprefix("http://"))

        def move():
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials
            url = f"{lake.endpoint}/rename-bench/{state['to']}?renameFolder"
            request = AWSRequest("PUT", url, headers={
                "x-amz-rename-source": f"rename-bench/{state['at']}",
                "x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
            SigV4Auth(
                Credentials(lake.key["AWS_ACCESS_KEY_ID"], lake.key["AWS_SECRET_ACCESS_KEY"]), "s3",
                "us-east-1").add_auth(request)
            connection.request(
                "PUT", url.removeprefix(lake.endpoint), headers=dict(request.headers.items()))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200 or answer.getheader("x-lake-renamed-objects") != str(count):
                raise RuntimeError(f"rename: {answer.status} {text[:300]}")
            state["at"], state["to"] = state["to"], state["at"]

        times[count] = timed(15, move)
        line(f"RenameFolder of {count:,}", f"{times[count]:.2f} ms")
    line("  ratio (wanted 3 at most)", f"{times[100_000] / times[1000]:.2f}")


def upload(lake, peer, arguments):
    import hashlib
    from boto3.s3.transfer import TransferConfig
    client = lake.client()
    client.create_bucket(Bucket="upload-bench")
    content = os.urandom(64 << 20)
    begin = time.perf_counter()
    hashlib.md5(content).digest()
    hashlib.sha256(content).digest()
    hashing = time.perf_counter() - begin
    with tempfile.NamedTemporaryFile(dir=arguments.scratch) as file:
        file.write(content)
        file.flush()
        before = lake.cpu()
        config = TransferConfig(multipart_chunksize=8 << 20, max_concurrency=4)
        took = timed(3, lambda: client.upload_file(file.name, "upload-bench", "o", Config=config)) / 1000
        cpu = (lake.cpu() - before) / 3
    line("64 MiB multipart upload", f"{64 / took:.0f} MiB/s, server cpu {cpu:.2f} s; "
         f"MD5 and SHA-256 of it alone take {hashing:.2f} s")


def growth(lake, peer, arguments):
    client = lake.client()
    client.create_bucket(Bucket="growth")
    at = 0
    first = {}
    base = lake.memory()
    for count in (10_000, 100_000, int(1_000_000 * arguments.millions)):
        begin = at
        fill(lake, "growth", count - begin, lambda n: f"p{(n + begin) % 10}/{(n + begin):09d}")
        at = count
        for op in ("get", "put"):
            row = bench(
                lake, lake, op, "--size", "4KiB", "--concurrency", "16", "--objects", "1000",
                "--duration", f"{arguments.seconds}s", "--warmup", "1s")
            first.setdefault(op, row["p50_ms"])
            line(f"{op} beside {count:,} objects",
                 f"p50 {row['p50_ms']:.2f} ms  ratio {row['p50_ms'] / first[op]:.2f}")
        client_url = client.generate_presigned_url(
            "list_objects_v2", Params={"Bucket": "growth", "Delimiter": "/"})
        connection = http.client.HTTPConnection(lake.endpoint.removeprefix("http://"))

        def folders():
            connection.request("GET", client_url.removeprefix(lake.endpoint))
            if connection.getresponse().read().count(b"<CommonPrefixes>") != 10:
                raise RuntimeError("prefixes are missing")

        took = timed(30, folders)
        first.setdefault("delimiter", took)
        line(f"10 prefixes of {count:,} keys", f"{took:.2f} ms  ratio {took / first['delimiter']:.2f}")
        begin = time.perf_counter()
        lake.ctl("object", "usage", "growth", "--depth", "1")
        line(f"object usage of {count:,} (10 ms)", f"{(time.perf_counter() - begin) * 1000:.1f} ms with lakectl's start")
        line("  memory of laked", f"{lake.memory() >> 20} MiB, {(lake.memory() - base) / count:.0f} bytes an object")
    lake.stop()
    lake.start()
    line("start after a clean stop (1 s)", f"{lake.started:.2f} s")


PARTS = {
    "get": get, "put": put, "head": head, "list": listing, "rename": renaming, "upload": upload,
    "growth": growth}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("journal")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--millions", type=float, default=1)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--scratch", default=".build")
    arguments = parser.parse_args()
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    arguments.scratch = os.path.abspath(arguments.scratch)
    folder = tempfile.mkdtemp(prefix="bench-objects-", dir=arguments.scratch)
    arguments.binaries = os.path.abspath(arguments.binaries)
    lake = Lake(arguments.binaries, f"{folder}/lake")
    peer = rclone(lake, f"{folder}/rclone")
    try:
        for part in arguments.only.split(","):
            PARTS[part](lake, peer, arguments)
    finally:
        peer.stop()
        lake.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
