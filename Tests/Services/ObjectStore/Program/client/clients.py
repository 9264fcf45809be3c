#!/usr/bin/env python3
"""Drives a gateway with the clients that people have, and fails with the first thing that is not as it
should be.

    clients.py PROGRAM [CLIENT…]        boto3, aws, s3cmd, rclone; all that are installed without a name

PROGRAM is started on a free port and stopped by its process id.
"""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

ACCESS = "0555b35654ad1656d804"
SECRET = "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q=="
SIZES = [0, 1, 4096, (5 << 20) - 1, 5 << 20, (8 << 20) + 1]
ODD = [
    "with space", "a+b", "100%", "hash#tag", "what?", "and&so", "ümläut-€-😀", "dir/sub/leaf",
    "quote'\"s", "semi;colon", "eq=ual", "at@sign", "par(en)s", "tilde~", "comma,", "[brackets]",
]


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def content(size):
    block = hashlib.sha256(str(size).encode()).digest() * 128
    return (block * (size // len(block) + 1))[:size]


def run(command, environment=None, ok=True):
    done = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ, **(environment or {})),
        timeout=180)
    if ok:
        check(done.returncode == 0, f"{' '.join(command)}: {done.stdout[-400:]} {done.stderr[-400:]}")
    return done


def fill(folder):
    """Files of all sizes and of all odd names."""
    os.makedirs(os.path.join(folder, "nested", "deep"))
    for size in SIZES:
        with open(os.path.join(folder, "nested", f"size-{size}"), "wb") as file:
            file.write(content(size))
    for number in range(30):
        with open(os.path.join(folder, "nested", "deep", f"small {number}"), "w") as file:
            file.write(str(number))


def same(one, other):
    done = subprocess.run(["diff", "-r", one, other], capture_output=True, text=True)
    check(done.returncode == 0, f"the folders differ: {done.stdout[:400]}")


def boto3_client(port):
    import boto3
    from botocore.config import Config
    return boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET, region_name="us-east-1",
        config=Config(
            signature_version="s3v4", retries={"max_attempts": 0}, s3={"addressing_style": "path"}))


def use_boto3(port, folder):
    client = boto3_client(port)
    client.create_bucket(Bucket="boto-bucket")
    for size in SIZES:
        body = content(size)
        put = client.put_object(Bucket="boto-bucket", Key=f"s/{size}", Body=body, Metadata={"a": "b"})
        check(put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', f"ETag of {size}")
        got = client.get_object(Bucket="boto-bucket", Key=f"s/{size}", ChecksumMode="ENABLED")
        check(got["Body"].read() == body, f"content of {size}")
        check(got["Metadata"] == {"a": "b"}, "metadata")
    for key in ODD:
        client.put_object(Bucket="boto-bucket", Key=f"odd/{key}", Body=key.encode())
        got = client.get_object(Bucket="boto-bucket", Key=f"odd/{key}")["Body"].read()
        check(got == key.encode(), f"odd key {key}")
        client.copy_object(
            Bucket="boto-bucket", Key=f"copy/{key}",
            CopySource={"Bucket": "boto-bucket", "Key": f"odd/{key}"})
    listed = client.list_objects_v2(Bucket="boto-bucket", Prefix="copy/")["Contents"]
    check(sorted(x["Key"] for x in listed) == sorted(f"copy/{k}" for k in ODD), "odd keys listed")
    for number in range(250):
        client.put_object(Bucket="boto-bucket", Key=f"many/{number % 10}/{number}", Body=b"")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="boto-bucket", Prefix="many/", PaginationConfig={"PageSize": 7})
    check(sum(len(p.get("Contents", [])) for p in pages) == 250, "paging")
    folders = client.list_objects_v2(Bucket="boto-bucket", Prefix="many/", Delimiter="/")
    check(len(folders["CommonPrefixes"]) == 10, "common prefixes")
    path = os.path.join(folder, "large")
    with open(path, "wb") as file:
        file.write(content(20 << 20))
    client.upload_file(path, "boto-bucket", "large")
    client.download_file("boto-bucket", "large", path + ".back")
    check(open(path + ".back", "rb").read() == content(20 << 20), "multipart transfer")
    check(client.head_object(Bucket="boto-bucket", Key="large")["ETag"].endswith('-3"'), "parts")
    url = client.generate_presigned_url(
        "get_object", Params={"Bucket": "boto-bucket", "Key": "odd/a+b"})
    check(urllib.request.urlopen(url).read() == b"a+b", "presigned URL")
    form = client.generate_presigned_post("boto-bucket", "posted/${filename}")
    check("x-amz-signature" in form["fields"] or "signature" in form["fields"], "presigned POST")
    while True:
        keys = [{"Key": x["Key"]} for x in
                client.list_objects_v2(Bucket="boto-bucket").get("Contents", [])]
        if not keys:
            break
        done = client.delete_objects(Bucket="boto-bucket", Delete={"Objects": keys})
        check(not done.get("Errors"), "deletion of many")
    client.delete_bucket(Bucket="boto-bucket")


def use_aws(port, folder):
    source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
    fill(source)
    environment = {
        "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.path.join(folder, "none")}
    aws = [shutil.which("aws"), "--endpoint-url", f"http://127.0.0.1:{port}"]
    run(aws + ["s3", "mb", "s3://aws-bucket"], environment)
    run(aws + ["s3", "sync", source, "s3://aws-bucket/tree"], environment)
    again = run(aws + ["s3", "sync", source, "s3://aws-bucket/tree"], environment)
    check("upload" not in again.stdout, f"the second sync transfers: {again.stdout[:300]}")
    run(aws + ["s3", "sync", "s3://aws-bucket/tree", back], environment)
    same(source, back)
    run(aws + ["s3", "mv", "s3://aws-bucket/tree/nested/size-4096", "s3://aws-bucket/moved"],
        environment)
    listed = run(aws + ["s3", "ls", "--recursive", "s3://aws-bucket"], environment).stdout
    check("moved" in listed and "size-4096" not in listed, "mv")
    run(aws + ["s3", "rb", "--force", "s3://aws-bucket"], environment)


def use_s3cmd(port, folder):
    source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
    fill(source)
    os.makedirs(back)
    s3cmd = [
        shutil.which("s3cmd"), "--no-ssl", f"--host=127.0.0.1:{port}",
        f"--host-bucket=127.0.0.1:{port}", f"--access_key={ACCESS}", f"--secret_key={SECRET}",
        "--config=/dev/null", "--multipart-chunk-size-mb=5"]
    run(s3cmd + ["mb", "s3://cmd-bucket"])
    run(s3cmd + ["sync", source + "/", "s3://cmd-bucket/tree/"])
    again = run(s3cmd + ["sync", source + "/", "s3://cmd-bucket/tree/"])
    check("upload:" not in again.stdout, f"the second sync transfers: {again.stdout[:300]}")
    run(s3cmd + ["sync", "s3://cmd-bucket/tree/", back + "/"])
    same(source, back)
    info = run(s3cmd + ["info", "s3://cmd-bucket"]).stdout
    check("us-east-1" in info, f"info: {info[:300]}")
    run(s3cmd + ["rb", "--recursive", "--force", "s3://cmd-bucket"])


def use_rclone(port, folder):
    source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
    fill(source)
    for name in ODD:
        if "/" not in name:
            with open(os.path.join(source, name), "w") as file:
                file.write(name)
    environment = {
        "RCLONE_CONFIG": os.path.join(folder, "rclone.conf"), "RCLONE_CONFIG_LAKE_TYPE": "s3",
        "RCLONE_CONFIG_LAKE_PROVIDER": "Other", "RCLONE_CONFIG_LAKE_ACCESS_KEY_ID": ACCESS,
        "RCLONE_CONFIG_LAKE_SECRET_ACCESS_KEY": SECRET,
        "RCLONE_CONFIG_LAKE_ENDPOINT": f"http://127.0.0.1:{port}",
        "RCLONE_CONFIG_LAKE_FORCE_PATH_STYLE": "true"}
    rclone = [shutil.which("rclone"), "--s3-upload-cutoff=6M", "--s3-chunk-size=5M"]
    run(rclone + ["mkdir", "lake:clone-bucket"], environment)
    run(rclone + ["sync", source, "lake:clone-bucket/tree"], environment)
    again = run(rclone + ["sync", "-v", source, "lake:clone-bucket/tree"], environment)
    check("Copied" not in again.stderr, f"the second sync transfers: {again.stderr[:300]}")
    run(rclone + ["check", source, "lake:clone-bucket/tree"], environment)
    run(rclone + ["sync", "lake:clone-bucket/tree", back], environment)
    same(source, back)
    run(rclone + ["purge", "lake:clone-bucket"], environment)


CLIENTS = {"boto3": use_boto3, "aws": use_aws, "s3cmd": use_s3cmd, "rclone": use_rclone}


def main():
    program, names = sys.argv[1], sys.argv[2:]
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    server = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    try:
        found = re.match(r"ready 127\.0\.0\.1:(\d+)", server.stdout.readline())
        check(found, "the gateway did not start")
        for name in names or CLIENTS:
            if name != "boto3" and not shutil.which(name):
                check(not names, f"{name} is not installed")
                print(f"{name}: not installed")
                continue
            with tempfile.TemporaryDirectory() as folder:
                CLIENTS[name](int(found.group(1)), folder)
            print(f"{name}: ok", flush=True)
    except Failure as failure:
        sys.exit(f"clients: {failure}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


if __name__ == "__main__":
    main()
