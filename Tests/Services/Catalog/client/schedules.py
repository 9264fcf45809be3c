#!/usr/bin/env python3
"""Maintenance by the clock, sizes over time, owners and counts of namespaces, snapshots by the names of branches,
through the admin API: schedules.py LAKED"""

import sys
import time
import urllib.parse

from clients import Daemon, catalog


class Operator:
    def __init__(self, daemon):
        self.daemon = daemon

    def call(self, method, to, body=None, expects=(200, 201, 202), **query):
        text = "?" + urllib.parse.urlencode(query) if query else ""
        status, answer = self.daemon.operate(method, f"catalog/{to}{text}", body)
        assert status in expects, (method, to, status, answer)
        return answer

    def items(self, to, **query):
        return self.call("GET", to, **query)["items"]


def wait_for(what, seconds=30):
    end = time.time() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.time() < end, "it did not happen"
        time.sleep(0.2)


def check_namespaces(operator, lake, pa):
    made = operator.call("POST", "namespaces", {"name": "sales", "owner": "ann"})["item"]
    assert made["owner"] == "ann", made
    lake.create_table("sales.orders", pa.schema([("id", pa.int64())]))
    lake.create_table("sales.returns", pa.schema([("id", pa.int64())]))
    operator.call("POST", "namespaces", {"name": "sales.eu"})
    lake.create_table("sales.eu.orders", pa.schema([("id", pa.int64())]))
    found = {row["namespace"]: row for row in operator.items("namespaces", recursive="true")}
    assert found["sales"]["table_count"] == 2 and found["sales"]["view_count"] == 0, found
    assert found["sales.eu"]["table_count"] == 1 and found["sales.eu"]["owner"] is None, found
    assert lake.load_namespace_properties("sales")["owner"] == "ann"
    changed = operator.call("PATCH", "namespaces/sales", {"owner": "bob"})
    assert changed["item"]["owner"] == "bob" and changed["changed"], changed


def check_sizes(operator, lake, pa):
    table = lake.load_table("sales.orders")
    assert operator.items("tables/sales.orders/statistics") == []
    for number in range(5):
        table.append(pa.table({"id": list(range(number + 1))}))
        time.sleep(0.01)
    with table.transaction() as change:
        change.set_properties({"a": "b"})
    found = operator.items("tables/sales.orders/statistics")
    assert [row["rows_count"] for row in found] == [15, 10, 6, 3, 1], found
    assert [row["files_count"] for row in found] == [5, 4, 3, 2, 1], found
    ids = [snapshot.snapshot_id for snapshot in reversed(table.snapshots())]
    assert [int(row["snapshot_id"]) for row in found] == ids, (found, ids)
    assert found[0]["size_bytes"] == int(table.current_snapshot().summary["total-files-size"])
    page = operator.call("GET", "tables/sales.orders/statistics", limit=2)
    rest = operator.call("GET", "tables/sales.orders/statistics", limit=9, page_token=page["next"])
    assert page["items"] + rest["items"] == found, (page, rest)
    assert len(operator.items("tables/sales.orders/statistics", since_s=3600)) == 5
    # Snapshots that have expired are not forgotten here.
    operator.call("POST", "tables/sales.orders/maintenance", {
        "task": "expire", "older_than_s": 0, "keep_last": 1})
    wait_for(lambda: len(lake.load_table("sales.orders").snapshots()) == 1)
    assert operator.items("tables/sales.orders/statistics") == found
    # A table that takes the name of another one has sizes of its own.
    lake.rename_table("sales.orders", "sales.kept")
    assert operator.items("tables/sales.kept/statistics") == found
    lake.create_table("sales.orders", pa.schema([("id", pa.int64())]))
    assert operator.items("tables/sales.orders/statistics") == []
    operator.call("GET", "tables/sales.nope/statistics", expects=(404,))


def check_refs(operator, lake, pa):
    table = lake.load_table("sales.returns")
    for number in range(3):
        table.append(pa.table({"id": [number]}))
    ids = [snapshot.snapshot_id for snapshot in table.snapshots()]
    table.manage_snapshots().create_branch(ids[0], "audit").create_tag(ids[1], "q3").commit()
    assert len(operator.items("tables/sales.returns/files", ref="audit")) == 1
    assert len(operator.items("tables/sales.returns/files", ref="q3")) == 2
    one = operator.call("GET", "tables/sales.returns/snapshot", ref="q3")["item"]
    assert int(one["snapshot_id"]) == ids[1], one
    diff = operator.items("tables/sales.returns/diff", from_ref="audit", to_ref="main")
    assert [row["change"] for row in diff] == ["added", "added"], diff
    operator.call("GET", "tables/sales.returns/files", ref="nope", expects=(404,))
    operator.call("PUT", "tables/sales.returns/refs/again", {"at_ref": "q3"})
    assert lake.load_table("sales.returns").metadata.refs["again"].snapshot_id == ids[1]
    operator.call("POST", "tables/sales.returns/rollback", {"ref": "q3"})
    assert lake.load_table("sales.returns").current_snapshot().snapshot_id == ids[1]
    operator.call("POST", "tables/sales.returns/rollback", {}, expects=(400,))


def check_schedules(operator, lake, pa):
    put = lambda task, target=None, **more: operator.call(
        "PUT", f"schedules/{task}", {"target": target, **more})
    first = put("expire", "sales", every_s=86_400, keep_last=1)
    assert first["changed"] and first["item"]["scope"] == "namespace", first
    assert not put("expire", "sales", every_s=86_400, keep_last=1)["changed"]
    own = put("expire", "sales.kept", every_s=3600)["item"]
    assert own["scope"] == "table" and own["state"] == "waiting" and own["next_at"], own
    every = put("manifests", every_s=7200)["item"]
    assert every["scope"] == "warehouse" and every["target"] == "*", every
    for body in ({"every_s": 5}, {}, {"target": "nope", "every_s": 60}):
        operator.call("PUT", "schedules/orphans", body, expects=(400, 404))
    operator.call("PUT", "schedules/nothing", {"every_s": 60}, expects=(400,))
    names = lambda: [(row["target"], row["task"]) for row in operator.items("schedules")]
    assert names() == [("*", "manifests"), ("sales", "expire"), ("sales.kept", "expire")], names()
    assert len(operator.items("schedules", path="sales.kept")) == 1
    lake.rename_table("sales.kept", "sales.renamed")
    assert ("sales.renamed", "expire") in names(), names()
    operator.call("DELETE", "schedules/manifests")
    operator.call("DELETE", "schedules/manifests", expects=(404,))
    operator.call("DELETE", "schedules/expire", target="sales")
    return put


def check_runs(operator, put, lake, pa):
    """The clock is a minute at least; both that are due then run, each for the tables that are its own."""
    tables = {name: lake.load_table(f"sales.{name}") for name in ("orders", "returns", "renamed")}
    for table in tables.values():
        for number in range(3):
            table.append(pa.table({"id": [number]}))
    count = lambda name: len(lake.load_table(f"sales.{name}").snapshots())
    before = count("renamed")
    put("expire", "sales", every_s=60, older_than_s=0, keep_last=1)
    found = wait_for(
        lambda: next((row for row in operator.items("schedules", path="sales")
                      if row["target"] == "sales" and row["state"] == "succeeded"), None), 120)
    # Tables of the namespace and of those below it, but the one with a schedule of its own.
    assert found["tables_count"] == 3 and found["last_at"] < found["next_at"], found
    assert count("orders") == 1, count("orders")
    assert count("renamed") == before, (count("renamed"), before)


def run(program):
    import pyarrow as pa

    daemon = Daemon(program)
    operator = Operator(daemon)
    try:
        lake = catalog(daemon)
        check_namespaces(operator, lake, pa)
        check_sizes(operator, lake, pa)
        check_refs(operator, lake, pa)
        put = check_schedules(operator, lake, pa)
        check_runs(operator, put, lake, pa)
    except BaseException:
        print(daemon.output()[-4000:])
        raise
    finally:
        daemon.stop()
    print("schedules: ok")


run(*sys.argv[1:])
