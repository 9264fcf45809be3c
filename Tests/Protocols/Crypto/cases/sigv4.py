"""Prints SigV4Vectors.swift: requests signed by botocore, an implementation that is not ours.

    .venv/bin/python Tests/Protocols/Crypto/cases/sigv4.py > Tests/Protocols/Crypto/SigV4Vectors.swift
"""

import datetime
import random
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALPHABET = "abcXYZ019-._~ /+&=?%#:,;'\"!*()[]@$äß漢\u00a0"


def text(rng, count, alphabet=ALPHABET):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(count)))


def swift(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def case(rng):
    access = "AKIA" + text(rng, 20, "ABCDEFGH/23456")
    secret = "s" + text(rng, 50)
    region = rng.choice(["us-east-1", "eu-central-1", "local"])
    when = datetime.datetime(2013, 5, 24) + datetime.timedelta(seconds=rng.randrange(20 * 365 * 86400))
    path = "/" + quote(text(rng, 30), safe="/~")
    pairs = [(text(rng, 8), text(rng, 8)) for _ in range(rng.randrange(5))]
    pairs = [(k, v) for k, v in pairs if k]
    query = "&".join(quote(k, safe="-_.~") + "=" + quote(v, safe="-_.~") for k, v in pairs)
    host = rng.choice(["bucket.example.com", "localhost:9000"])
    headers = [("x-amz-meta-" + c, text(rng, 20, "ab  c,")) for c in "abc"[: rng.randrange(4)]]
    method = rng.choice(["GET", "PUT", "DELETE", "HEAD"])
    body = text(rng, 60).encode()
    url = "http://" + host + path + ("?" + query if query else "")
    presign = rng.random() < 0.3
    request = AWSRequest(
        method=method, url=url, data=b"" if presign else body,
        headers={} if presign else dict(headers))
    credentials = Credentials(access, secret)
    stamp = mock.Mock(wraps=datetime.datetime)
    stamp.utcnow.return_value = when
    with mock.patch("botocore.auth.get_current_datetime", return_value=when):
        if presign:
            expires = rng.randrange(1, 604800)
            auth = botocore.auth.S3SigV4QueryAuth(credentials, "s3", region, expires=expires)
            auth.add_auth(request)
            presigned = request.url.split("?", 1)[1]
            return (method, path, presigned, [("host", host)], "UNSIGNED-PAYLOAD", access, secret, region, when, "")
        auth = botocore.auth.S3SigV4Auth(credentials, "s3", region)
        request.context["payload_signing_enabled"] = True
        request.context["client_config"] = mock.Mock(s3={"payload_signing_enabled": True})
        auth.add_auth(request)
    sent = [("host", host)] + [
        (name.lower(), value)
        for name, value in request.headers.items()
        if name.lower().startswith("x-amz-")
    ]
    return (
        method, path, query, sent, request.headers["X-Amz-Content-SHA256"], access, secret, region,
        when, request.headers["Authorization"],
    )


def main():
    rng = random.Random(20130524)
    print("// swift-format-ignore-file: printed by cases/sigv4.py with botocore; do not edit.")
    print()
    print("struct SigV4Vector: Sendable {")
    for field in ["method", "path", "query", "headers", "payloadHash", "accessKeyID", "secret",
                  "region", "time", "authorization"]:
        kind = "[(name: String, value: String)]" if field == "headers" else "String"
        print(f"  let {field}: {kind}")
    print("}")
    print()
    print("let sigV4Vectors: [SigV4Vector] = [")
    for _ in range(60):
        method, path, query, headers, payload, access, secret, region, when, authorization = case(rng)
        lines = ", ".join(f"({swift(n)}, {swift(v)})" for n, v in headers)
        print("  SigV4Vector(")
        print(f"    method: {swift(method)}, path: {swift(path)},")
        print(f"    query: {swift(query)},")
        print(f"    headers: [{lines}],")
        print(f"    payloadHash: {swift(payload)},")
        print(f"    accessKeyID: {swift(access)}, secret: {swift(secret)},")
        print(f"    region: {swift(region)}, time: {swift(when.strftime('%Y%m%dT%H%M%SZ'))},")
        print(f"    authorization: {swift(authorization)}),")
    print("]")


main()
