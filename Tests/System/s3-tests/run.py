#!/usr/bin/env python3
"""Runs Ceph's s3-tests against a gateway and compares the outcome, test by test, with expected.txt.

    run.py CHECKOUT PROGRAM [--python PYTHON] [--set core|list-v2|broad] [--only EXPRESSION]

CHECKOUT is a checkout of the public repository ceph/s3-tests, which is not part of this one. PROGRAM is
started on a free port and stopped by its process id. A test that passes though it is listed, or fails
though it is not, is a failure: the list is kept current.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# What is not asked of the first release: section 18.1 of the specification names them.
MARKERS = [
    "fails_on_aws", "lifecycle", "lifecycle_expiration", "lifecycle_transition", "cloud_transition",
    "cloud_restore", "bucket_logging", "encryption", "sse_s3", "bucket_encryption", "s3website",
    "s3website_routing_rules", "s3website_redirect_location", "iam_account", "iam_cross_account",
    "iam_role", "iam_tenant", "iam_user", "auth_aws2",
]
NAMES = [
    "version", "object_lock", "policy", "lifecycle", "lifecycle", "sse", "encrypt", "acl", "cors",
    "tenant", "public_block", "block_public", "ownership", "post_object", "access_bucket", "anon",
    "torrent", "restore", "tag", "nonowner", "not_owned", "owner", "v2_",
]
SETS = {
    "core": (" and ".join("not " + m for m in MARKERS), " and ".join("not " + n for n in NAMES)),
    "list-v2": ("list_objects_v2", ""),
    "broad": (" and ".join("not " + m for m in MARKERS), ""),
}
# Seconds for one test; that of lifecycles waits for seven days of ten seconds.
LIMITS = {"list-v2": "120"}
# Looks at all buckets of its account: not beside another test.
ALONE = "test_list_buckets_paginated"
CONFIGURATION = """
[DEFAULT]
host = 127.0.0.1
port = {port}
is_secure = False
ssl_verify = False
[fixtures]
bucket prefix = t-{{random}}-
iam name prefix = s3-tests-
iam path prefix = /s3-tests/
[s3 main]
display_name = M. Tester
user_id = testid
email = tester@ceph.com
api_name = us-east-1
access_key = 0555b35654ad1656d804
secret_key = h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q==
lc_debug_interval = 10
[s3 alt]
display_name = john.doe
email = john.doe@example.com
user_id = 56789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234
access_key = NOPQRSTUVWXYZABCDEFG
secret_key = nopqrstuvwxyzabcdefghijklmnabcdefghijklm
[s3 tenant]
display_name = testx$tenanteduser
user_id = testx$9876543210abcdef0123456789abcdef0123456789abcdef0123456789abcdef
access_key = HIJKLMNOPQRSTUVWXYZA
secret_key = opqrstuvwxyzabcdefghijklmnopqrstuvwxyzab
email = tenanteduser@example.com
tenant = testx
[iam]
email = s3@example.com
user_id = 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
access_key = ABCDEFGHIJKLMNOPQRST
secret_key = abcdefghijklmnopqrstuvwxyzabcdefghijklmn
display_name = youruseridhere
[iam root]
access_key = AAAAAAAAAAAAAAAAAAaa
secret_key = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
user_id = RGW11111111111111111
email = account1@ceph.com
[iam alt root]
access_key = BBBBBBBBBBBBBBBBBBbb
secret_key = bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
user_id = RGW22222222222222222
email = account2@ceph.com
"""


def expectations():
    """Name to the reason why the test does not pass."""
    reasons = {}
    with open(os.path.join(HERE, "expected.txt")) as lines:
        for line in lines:
            line = line.split("#", 1)[0].rstrip()
            if line:
                name, reason = line.split(None, 1)
                reasons[name] = reason
    return reasons


def serve(program):
    server = subprocess.Popen(
        [program, "--ownership", "ObjectWriter", "--open-public", "--day-seconds", "10"],
        stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    found = re.match(r"ready 127\.0\.0\.1:(\d+)", line)
    if not found:
        server.kill()
        sys.exit(f"s3-tests: the gateway did not start: {line!r}")
    return server, int(found.group(1))


def run(arguments, port):
    markers, names = SETS[arguments.set]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s3tests.conf")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(port=port))
        report = os.path.join(folder, "report.xml")
        command = [
            arguments.python, "-m", "pytest", "-q", "-n", "2", "--timeout", LIMITS.get(arguments.set, "60"), "-p",
            "no:cacheprovider", "-m", markers, f"--junitxml={report}", "--tb=short"]
        chosen = arguments.only or names
        if chosen:
            command += ["-k", chosen]
        command += ["s3tests/functional/test_s3.py", "s3tests/functional/test_headers.py"]
        environment = dict(os.environ, S3TEST_CONF=path)
        subprocess.run(
            command + ["--deselect", f"s3tests/functional/test_s3.py::{ALONE}"],
            cwd=arguments.checkout, env=environment)
        passed, failed = outcomes(report)
        if arguments.set != "list-v2" and not arguments.only:
            command = [
                arguments.python, "-m", "pytest", "-q", "--timeout", "60", "-p",
                "no:cacheprovider", f"--junitxml={report}",
                f"s3tests/functional/test_s3.py::{ALONE}"]
            subprocess.run(command, cwd=arguments.checkout, env=environment)
            alone = outcomes(report)
            passed, failed = passed | alone[0], failed | alone[1]
        return passed, failed


def outcomes(report):
    import xml.etree.ElementTree as tree
    passed, failed = set(), set()
    for case in tree.parse(report).iter("testcase"):
        name = case.get("name")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(name)
        elif case.find("skipped") is None:
            passed.add(name)
    return passed - failed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout")
    parser.add_argument("program")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--set", choices=SETS, default="broad")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    server, port = serve(arguments.program)
    try:
        passed, failed = run(arguments, port)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    known = expectations()
    fresh = sorted(name for name in failed if name not in known)
    better = sorted(name for name in passed if name in known)
    print(f"s3-tests {arguments.set}: {len(passed)} of {len(passed) + len(failed)} passed")
    for name in fresh:
        print(f"  fails, is not in expected.txt: {name}")
    for name in better:
        print(f"  passes, is in expected.txt: {name}")
    sys.exit(1 if fresh or better else 0)


if __name__ == "__main__":
    main()
