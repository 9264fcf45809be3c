#!/usr/bin/env python3
"""Runs Ceph's s3-tests against laked and compares the outcome, test by test, with expected.txt.

    run.py CHECKOUT BIN [--python PYTHON] [--set core|list-v2|broad] [--only EXPRESSION]

CHECKOUT is a checkout of the public repository ceph/s3-tests, which is not part of this one. The daemon of
the folder BIN is started on free ports and stopped by its process id. A test that passes though it is listed, or fails
though it is not, is a failure: the list is kept current.
"""
import argparse
import json
import os
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
# Section, name of the account, its e-mail, further lines.
ACCOUNTS = [
    ("s3 main", "M. Tester", "tester@ceph.com", "api_name = us-east-1\nlc_debug_interval = 10\n"),
    ("s3 alt", "john.doe", "john.doe@example.com", ""),
    ("s3 tenant", "testx$tenanteduser", "tenanteduser@example.com", "tenant = testx\n"),
]
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
{accounts}[iam]
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


class Daemon:
    """A laked of its own, with an account for each section of the configuration."""

    def __init__(self, folder, binaries):
        self.folder = os.path.join(folder, "data")
        self.binaries = binaries
        self.errors = open(os.path.join(folder, "log"), "w")
        self.process = subprocess.Popen(
            [os.path.join(binaries, "laked"), "standalone", "--data", self.folder, "--ports", "auto",
             "--s3-default-ownership", "object-writer", "--s3-block-public", "false",
             "--s3-lifecycle-day", "10s"],
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        if line != "ready\n":
            self.process.kill()
            sys.exit(f"s3-tests: laked did not start: {open(self.errors.name).read()}")
        with open(os.path.join(self.folder, "endpoints.json")) as file:
            self.port = int(json.load(file)["s3"].rsplit(":", 1)[1])
        self.accounts = "".join(self.account(*account) for account in ACCOUNTS)

    def ctl(self, *words):
        done = subprocess.run(
            [os.path.join(self.binaries, "lakectl"), *words, "-o", "json"], capture_output=True,
            text=True, env=dict(os.environ, LAKE_CONFIG_DIR=os.path.join(self.folder, "lakectl")))
        if done.returncode != 0:
            sys.exit(f"s3-tests: lakectl {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout)["item"]

    def account(self, section, name, email, further):
        user = section.replace(" ", "-")
        account = self.ctl("account", "create", name, "--email", email)
        self.ctl("user", "create", user, "--account", name, "--account-root")
        key = self.ctl("key", "create", "--user", user, "--show-secret")
        return (
            f"[{section}]\ndisplay_name = {name}\nuser_id = {account['account_id']}\n"
            f"email = {email}\naccess_key = {key['key_id']}\nsecret_key = {key['secret']}\n{further}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.errors.close()
        if code != 0:
            sys.exit(f"s3-tests: laked ended with {code}")


def run(arguments, daemon):
    markers, names = SETS[arguments.set]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s3tests.conf")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(port=daemon.port, accounts=daemon.accounts))
        report = os.path.join(folder, "report.xml")
        command = [
            arguments.python, "-m", "pytest", "-q", "-n", "2", "--timeout",
            LIMITS.get(arguments.set, "60"), "-p", "no:cacheprovider", "-m", markers, f"--junitxml={report}", "--tb=short"]
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
    parser.add_argument("binaries")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--set", choices=SETS, default="broad")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    arguments.checkout = os.path.abspath(arguments.checkout)
    if os.path.dirname(arguments.python):
        arguments.python = os.path.abspath(arguments.python)
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(folder, os.path.abspath(arguments.binaries))
        try:
            passed, failed = run(arguments, daemon)
        finally:
            daemon.stop()
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
