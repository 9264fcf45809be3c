#!/usr/bin/env python3
"""Drives an S3 endpoint with the clients that people have, and fails with the first thing that is not as
it should be.

    s3.py ENDPOINT [CLIENT…]     all that are installed without a name

The key is that of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ACCESS = os.environ.get("AWS_ACCESS_KEY_ID", "")
SECRET = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
REGION = "us-east-1"
SIZES = [0, 1, 512, 513, 4096, (128 << 10) + 1, (5 << 20) - 1, 5 << 20, (8 << 20) + 1, 64 << 20]
SMALL = [size for size in SIZES if size < 16 << 20]
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
    """Files of all sizes in nested folders."""
    os.makedirs(os.path.join(folder, "nested", "deep"))
    for size in SMALL:
        with open(os.path.join(folder, "nested", f"size-{size}"), "wb") as file:
            file.write(content(size))
    for number in range(30):
        with open(os.path.join(folder, "nested", "deep", f"small {number}"), "w") as file:
            file.write(str(number))


def same(one, other):
    done = subprocess.run(["diff", "-r", one, other], capture_output=True, text=True)
    check(done.returncode == 0, f"the folders differ: {done.stdout[:400]}")


def boto3_client(endpoint, version="s3v4"):
    import boto3
    from botocore.config import Config
    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET, region_name=REGION,
        config=Config(
            signature_version=version, retries={"max_attempts": 0}, s3={"addressing_style": "path"}))


def use_boto3(endpoint, folder):
    client = boto3_client(endpoint)
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
    for style in ("s3-query", "s3"):
        # Made without naming a version, an address has version 2; headers of it are refused.
        older = boto3_client(endpoint, style)
        url = older.generate_presigned_url("get_object", Params={
            "Bucket": "boto-bucket", "Key": "odd/a+b", "ResponseContentType": "text/x a"})
        check("AWSAccessKeyId" in url, "presigned URL of version 2")
        answer = urllib.request.urlopen(url)
        check(answer.read() == b"a+b", "presigned URL of version 2")
        check(answer.headers["content-type"] == "text/x a", "its arguments")
    url = older.generate_presigned_url("put_object", Params={
        "Bucket": "boto-bucket", "Key": "put by address", "ContentType": "text/plain"})
    urllib.request.urlopen(urllib.request.Request(
        url, data=b"put", method="PUT", headers={"content-type": "text/plain"}))
    got = client.get_object(Bucket="boto-bucket", Key="put by address")
    check(got["Body"].read() == b"put" and got["ContentType"] == "text/plain", "put by an address")
    form = client.generate_presigned_post("boto-bucket", "posted/${filename}")
    check("x-amz-signature" in form["fields"] or "signature" in form["fields"], "presigned POST")
    sealed = content(300_000)
    put = client.put_object(
        Bucket="boto-bucket", Key="sealed", Body=sealed, ServerSideEncryption="AES256")
    check(put["ServerSideEncryption"] == "AES256", "sealed on request")
    client.put_bucket_encryption(
        Bucket="boto-bucket", ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    client.upload_file(path, "boto-bucket", "large-sealed")
    client.download_file("boto-bucket", "large-sealed", path + ".sealed")
    check(open(path + ".sealed", "rb").read() == content(20 << 20), "sealed multipart transfer")
    got = client.get_object(Bucket="boto-bucket", Key="sealed", Range="bytes=131000-131100")
    check(got["Body"].read() == sealed[131000:131101], "range of a sealed object")
    check(
        client.head_object(Bucket="boto-bucket", Key="large-sealed")["ServerSideEncryption"]
        == "AES256", "sealed by default")
    while True:
        keys = [{"Key": x["Key"]} for x in
                client.list_objects_v2(Bucket="boto-bucket").get("Contents", [])]
        if not keys:
            break
        done = client.delete_objects(Bucket="boto-bucket", Delete={"Objects": keys})
        check(not done.get("Errors"), "deletion of many")
    client.delete_bucket(Bucket="boto-bucket")


def use_aws(endpoint, folder):
    source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
    fill(source)
    environment = {
        "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.path.join(folder, "none")}
    aws = [shutil.which("aws"), "--endpoint-url", endpoint]
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


def use_s3cmd(endpoint, folder):
    source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
    fill(source)
    os.makedirs(back)
    host = endpoint.removeprefix("http://")
    s3cmd = [
        shutil.which("s3cmd"), "--no-ssl", f"--host={host}",
        f"--host-bucket={host}", f"--access_key={ACCESS}", f"--secret_key={SECRET}",
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


def use_rclone(endpoint, folder):
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
        "RCLONE_CONFIG_LAKE_ENDPOINT": endpoint,
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


def use_boto3_old(endpoint, folder):
    """The last one before checksums by default, in a process of its own."""
    path = os.path.join(os.path.dirname(os.path.dirname(sys.executable)), "boto3-1.35")
    check(os.path.isdir(path), f"{path} is not there: run make setup")
    out = run([sys.executable, os.path.abspath(__file__), endpoint, "boto3"], {"PYTHONPATH": path})
    check("boto3 1.35" in out.stdout, f"another boto3 was used: {out.stdout}")


def table(rows):
    import pyarrow
    return pyarrow.table({
        "id": list(range(rows)), "name": [f"row {n}" for n in range(rows)],
        "part": [n % 4 for n in range(rows)]})


def use_pyarrow(endpoint, folder):
    import pyarrow.dataset
    import pyarrow.fs
    import pyarrow.parquet
    system = pyarrow.fs.S3FileSystem(
        access_key=ACCESS, secret_key=SECRET, endpoint_override=endpoint.removeprefix("http://"),
        scheme="http", region=REGION, allow_bucket_creation=True, allow_bucket_deletion=True)
    system.create_dir("arrow-bucket")
    rows = table(100_000)
    pyarrow.parquet.write_table(rows, "arrow-bucket/t/one.parquet", filesystem=system)
    check(pyarrow.parquet.read_table("arrow-bucket/t/one.parquet", filesystem=system) == rows, "table")
    pyarrow.dataset.write_dataset(
        rows, "arrow-bucket/ds", filesystem=system, format="parquet", partitioning=["part"],
        partitioning_flavor="hive")
    back = pyarrow.dataset.dataset(
        "arrow-bucket/ds", filesystem=system, format="parquet", partitioning="hive")
    check(back.count_rows() == 100_000, "dataset")
    found = system.get_file_info(pyarrow.fs.FileSelector("arrow-bucket/ds", recursive=True))
    check(sum(1 for x in found if x.is_file) == 4, "files of the dataset")
    with system.open_output_stream("arrow-bucket/stream") as stream:
        for _ in range(3):
            stream.write(content(7 << 20))
    check(system.get_file_info("arrow-bucket/stream").size == 21 << 20, "streamed upload")
    system.move("arrow-bucket/stream", "arrow-bucket/moved")
    system.copy_file("arrow-bucket/moved", "arrow-bucket/copied")
    check(system.open_input_file("arrow-bucket/copied").read() == content(7 << 20) * 3, "copy")
    system.delete_dir("arrow-bucket")


def use_duckdb(endpoint, folder):
    import duckdb
    extensions = os.environ.get("LAKE_DUCKDB_EXTENSIONS", "")
    connection = duckdb.connect(config={"extension_directory": extensions} if extensions else {})
    connection.execute("LOAD httpfs")
    client = boto3_client(endpoint)
    client.create_bucket(Bucket="duck-bucket")
    connection.execute(
        "CREATE SECRET (TYPE s3, KEY_ID ?, SECRET ?, ENDPOINT ?, USE_SSL false, URL_STYLE 'path')"
        .replace("?", "'{}'").format(ACCESS, SECRET, endpoint.removeprefix("http://")))
    connection.execute(
        "COPY (SELECT i AS id, 'row ' || i AS name, i % 8 AS part FROM range(200000) t(i)) "
        "TO 's3://duck-bucket/t' (FORMAT parquet, PARTITION_BY (part))")
    one = connection.execute(
        "SELECT count(*), sum(id), count(DISTINCT part) FROM "
        "read_parquet('s3://duck-bucket/t/*/*.parquet', hive_partitioning = true)").fetchone()
    check(one == (200000, 19999900000, 8), f"DuckDB reads {one}")
    few = connection.execute(
        "SELECT count(*) FROM read_parquet('s3://duck-bucket/t/*/*.parquet') WHERE part = 3"
    ).fetchone()
    check(few == (25000,), f"of one partition {few}")
    for size in (0, 1, 5 << 20):
        connection.execute(f"COPY (SELECT repeat('x', {size}) AS a) TO 's3://duck-bucket/c/{size}.csv'")
    found = connection.execute("SELECT count(*) FROM glob('s3://duck-bucket/c/*.csv')").fetchone()
    check(found == (3,), f"glob finds {found}")


def use_pyiceberg(endpoint, folder):
    from pyiceberg.io import load_file_io
    io = load_file_io({
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO", "s3.endpoint": endpoint,
        "s3.access-key-id": ACCESS, "s3.secret-access-key": SECRET, "s3.region": REGION})
    boto3_client(endpoint).create_bucket(Bucket="ice-bucket")
    path = "s3://ice-bucket/db/table/metadata/00000 v.metadata.json"
    with io.new_output(path).create() as stream:
        stream.write(content(100_000))
    check(io.new_input(path).exists() and len(io.new_input(path)) == 100_000, "stat")
    check(io.new_input(path).open().read() == content(100_000), "content")
    try:
        io.new_output(path).create()
        check(False, "a file was made twice")
    except OSError:
        pass
    with io.new_output(path).create(overwrite=True) as stream:
        stream.write(b"again")
    check(io.new_input(path).open().read() == b"again", "overwritten")
    io.delete(path)
    check(not io.new_input(path).exists(), "delete")


CLIENTS = {
    "boto3": use_boto3, "boto3-1.35": use_boto3_old, "aws": use_aws, "s3cmd": use_s3cmd,
    "rclone": use_rclone, "pyarrow": use_pyarrow, "duckdb": use_duckdb, "pyiceberg": use_pyiceberg}
PROGRAMS = ("aws", "s3cmd", "rclone")


def main():
    endpoint, names = sys.argv[1], sys.argv[2:]
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    try:
        for name in names or CLIENTS:
            check(name not in PROGRAMS or shutil.which(name), f"{name} is not installed")
            with tempfile.TemporaryDirectory() as folder:
                CLIENTS[name](endpoint, folder)
            if name == "boto3":
                import boto3
                print(f"boto3 {boto3.__version__}")
            print(f"{name}: ok", flush=True)
    except Failure as failure:
        sys.exit(f"{name}: {failure}")


if __name__ == "__main__":
    main()
