#!/usr/bin/env python3
"""Tables and views that are made and changed through the admin API, beside what PyIceberg and DuckDB say of
them: shape.py LAKED"""

import sys

from clients import Daemon, ask, catalog, duck

COLUMNS = ["id long required", "at timestamptz", "region string", "price decimal(9, 2)"]


def call(daemon, method, path, body=None, status=200):
    found, answer = daemon.operate(method, f"catalog/{path}", body)
    assert found in (status, 201) if status == 200 else found == status, (path, found, answer)
    return answer


def check_creating(daemon, lake, pa):
    plan = call(daemon, "PUT", "tables/a.t?dry_run=true", {"columns": COLUMNS})
    assert not plan["changed"] and plan["plan"], plan
    assert lake.list_tables("a") == []
    answer = call(daemon, "PUT", "tables/a.t", {
        "columns": COLUMNS, "partition": ["day(at)", "bucket(16, id)", "truncate(2,region)"],
        "properties": {"owner": "ann"}})
    assert answer["changed"] and answer["item"]["name"] == "a.t", answer
    table = lake.load_table("a.t")
    assert [(f.name, str(f.field_type), f.required) for f in table.schema().fields] == [
        ("id", "long", True), ("at", "timestamptz", False), ("region", "string", False),
        ("price", "decimal(9, 2)", False)]
    assert [(f.name, str(f.transform)) for f in table.spec().fields] == [
        ("at_day", "day"), ("id_bucket", "bucket[16]"), ("region_trunc", "truncate[2]")]
    assert table.properties["owner"] == "ann"
    call(daemon, "PUT", "tables/a.t", {"columns": COLUMNS}, 409)
    for body in ({}, {"columns": ["id"]}, {"columns": ["id lnog"]}, {"columns": ["a.b long"]},
                 {"columns": ["id long"], "partition": ["day(id)"]},
                 {"columns": ["id long"], "partition": ["day(at)"]},
                 {"columns": ["id long"], "partition": ["week(id)"]},
                 {"schema": {"type": "list"}}, {"columns": ["id long", "id long"]}):
        for query in ("", "?dry_run=true"):
            answer = call(daemon, "PUT", f"tables/a.bad{query}", body, 400)
            assert answer["message"], answer
    # A whole schema, with structs.
    call(daemon, "PUT", "tables/a.n", {"schema": {"type": "struct", "fields": [
        {"id": 7, "name": "id", "required": False, "type": "int"},
        {"id": 9, "name": "s", "required": False, "type": {"type": "struct", "fields": [
            {"id": 8, "name": "x", "required": False, "type": "int"}]}}]}})
    assert [f.field_id for f in lake.load_table("a.n").schema().fields] == [1, 2]


def check_altering(daemon, lake, pa):
    table = lake.load_table("a.n")
    rows = pa.table({"id": [1, 2], "s": [{"x": 3}, None]}, schema=table.schema().as_arrow())
    table.append(rows)
    change = {"add": ["note string", "s.y string"], "rename": {"s.x": "z"}, "types": {"id": "long"}}
    plan = call(daemon, "POST", "tables/a.n/schema?dry_run=true", change)
    assert not plan["changed"] and plan["item"]["schema_id"] == 1, plan
    assert {row["label"] for row in plan["plan"]} == {"add", "rename", "widen"}, plan
    assert len(lake.load_table("a.n").schemas()) == 1
    answer = call(daemon, "POST", "tables/a.n/schema", change)
    assert answer["changed"] and answer["item"]["columns_count"] == 3, answer
    table = lake.load_table("a.n")
    assert table.scan().to_arrow().to_pylist() == [
        {"id": 1, "s": {"z": 3, "y": None}, "note": None}, {"id": 2, "s": None, "note": None}]
    q = duck(daemon)
    assert q("SELECT id, s.z, note FROM lake.a.n ORDER BY id") == [(1, 3, None), (2, None, None)]
    answer = call(daemon, "POST", "tables/a.n/schema", {"types": {"id": "long"}})
    assert not answer["changed"], answer
    # What readers of older files could not follow.
    for change, word in (
            ({"types": {"id": "int"}}, "cannot change"), ({"require": ["id"]}, "cannot become"),
            ({"add": ["k long required"]}, "needs an initial default"),
            ({"drop": ["nope"]}, "no column"), ({"add": ["id.x long"]}, "no struct"),
            ({"rename": {"note": "id"}}, ""), ({}, "nothing is said")):
        for query in ("", "?dry_run=true"):
            answer = call(daemon, "POST", f"tables/a.n/schema{query}", change, 400)
            assert word in answer["message"], answer
    call(daemon, "POST", "tables/a.n/schema", {"drop": ["s", "note"], "optional": ["id"]})
    assert [f.name for f in lake.load_table("a.n").schema().fields] == ["id"]
    # A column of a partition stays.
    answer = call(daemon, "POST", "tables/a.t/schema", {"drop": ["at"]}, 400)


def check_views(daemon, lake):
    view = {"dialect": "spark", "sql": "SELECT 1 AS id", "columns": ["id int"]}
    call(daemon, "PUT", "views/a.v?dry_run=true", view)
    assert lake.list_views("a") == []
    answer = call(daemon, "PUT", "views/a.v", view)
    assert answer["item"]["sql"] == {"spark": "SELECT 1 AS id"}, answer
    assert lake.list_views("a") == [("a", "v")]
    call(daemon, "PUT", "views/a.v", view, 409)
    call(daemon, "PUT", "views/a.t", view, 409)
    call(daemon, "PUT", "views/a.w", {"sql": "SELECT 1"}, 400)
    answer = call(daemon, "PATCH", "views/a.v", {"dialect": "trino", "sql": "SELECT 2 AS id"})
    assert answer["changed"] and answer["item"]["version_id"] == 2, answer
    assert answer["item"]["sql"] == {"spark": "SELECT 1 AS id", "trino": "SELECT 2 AS id"}, answer
    call(daemon, "PATCH", "views/a.v", {"sql": "SELECT 3"}, 400)
    answer = call(daemon, "PATCH", "views/a.v", {
        "dialect": "SPARK", "sql": "SELECT 4 AS n", "columns": ["n int"], "properties": {"k": "v"}})
    assert answer["item"]["sql"]["spark"] == "SELECT 4 AS n", answer
    assert answer["item"]["schema"]["fields"][0]["name"] == "n", answer
    assert answer["item"]["properties"] == {"k": "v"}, answer
    status, loaded = ask("GET", f"{daemon.uri}/v1/namespaces/a/views/v", daemon.token())
    assert status == 200 and loaded["metadata"]["current-version-id"] == 3, loaded
    answer = call(daemon, "PATCH", "views/a.v", {"protected": True})
    assert answer["changed"] and answer["item"]["protected"], answer
    call(daemon, "DELETE", "views/a.v", None, 409)
    call(daemon, "PATCH", "views/a.v", {"protected": False, "removals": ["k"]})
    call(daemon, "POST", "views/a.v/rename", {"to": "a.w"})
    assert lake.list_views("a") == [("a", "w")]
    call(daemon, "POST", "views/a.v/rename", {"to": "a.x"}, 404)
    call(daemon, "POST", "views/a.w/rename", {"to": "a.t"}, 409)


def names(daemon, path):
    """All pages of a list, two things a page."""
    found, token = [], None
    while token is not None or not found:
        more = f"&page_token={token}" if token else ""
        answer = call(daemon, "GET", f"{path}limit=2{more}")
        assert len(answer["items"]) <= 2, answer
        found += [row.get("name", row.get("namespace")) for row in answer["items"]]
        token = answer["next"]
    return found


def check_trees(daemon, lake):
    for levels in (("b",), ("b", "c"), ("b", "c", "d"), ("b", "c!"), ("b", "e"), ("bb",)):
        lake.create_namespace(levels)
    for name in ("b.t", "b.u", "b.c.t", "b.c.d.t", "b.c.d.u", "b.c!.t", "b.e.t", "bb.t"):
        call(daemon, "PUT", f"tables/{name}", {"columns": ["id long"]})
    tree = ["b.t", "b.u", "b.c.t", "b.c.d.t", "b.c.d.u", "b.c!.t", "b.e.t"]
    assert names(daemon, "tables?path=b&recursive=true&") == tree
    assert names(daemon, "tables?path=b&") == ["b.t", "b.u"]
    assert names(daemon, "tables?recursive=true&") == ["a.n", "a.t", *tree, "bb.t"]
    assert names(daemon, "namespaces?recursive=true&") == [
        "a", "b", "b.c", "b.c.d", "b.c!", "b.e", "bb"]
    assert names(daemon, "namespaces?path=b&recursive=true&") == ["b.c", "b.c.d", "b.c!", "b.e"]
    call(daemon, "GET", "tables?path=nope&recursive=true", None, 404)
    call(daemon, "DELETE", "namespaces/b", None, 409)
    plan = call(daemon, "POST", "namespaces/b/drop?dry_run=true", {})
    assert [row["text"] for row in plan["plan"]][:2] == ["b.t", "b.u"], plan
    assert lake.namespace_exists("b") and not plan["changed"]
    item = call(daemon, "POST", "namespaces/b/drop", {})["item"]
    assert (item["namespaces_count"], item["tables_count"], item["views_count"]) == (5, 7, 0), item
    assert names(daemon, "namespaces?recursive=true&") == ["a", "bb"]
    call(daemon, "POST", "namespaces/b/drop", {}, 404)


def run(program):
    import pyarrow as pa

    daemon = Daemon(program)
    try:
        lake = catalog(daemon)
        lake.create_namespace("a")
        check_creating(daemon, lake, pa)
        check_altering(daemon, lake, pa)
        check_views(daemon, lake)
        check_trees(daemon, lake)
    except BaseException:
        print(daemon.output()[-4000:])
        raise
    finally:
        daemon.stop()
    print("shape: ok")


run(*sys.argv[1:])
