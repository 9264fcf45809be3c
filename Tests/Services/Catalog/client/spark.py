#!/usr/bin/env python3
"""The catalog as Spark sees it, with Iceberg's own library, beside PyIceberg and DuckDB: spark.py LAKED SPARK

SPARK is the folder that setup/spark has made. Files are in a folder: the runtime has no AWS library.
"""

import datetime
import decimal
import os
import sys

from clients import Daemon, catalog, duck


class Spark:
    def __init__(self, daemon, home):
        home = os.path.abspath(home)
        sys.path.insert(0, home)
        os.environ["SPARK_HOME"] = os.path.join(home, "deps")
        from pyspark.sql import SparkSession

        jar = os.path.join(home, "iceberg.jar")
        lake = "spark.sql.catalog.lake"
        build = SparkSession.builder.master("local[2]").appName("lake")
        for name, value in {
            "spark.jars": jar, "spark.driver.extraClassPath": jar, "spark.ui.enabled": "false",
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g", "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.warehouse.dir": os.path.join(daemon.folder, "spark"),
            "spark.sql.extensions":
                "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            lake: "org.apache.iceberg.spark.SparkCatalog", f"{lake}.type": "rest",
            f"{lake}.uri": daemon.uri, f"{lake}.warehouse": "lake",
            f"{lake}.credential": f"{daemon.id}:{daemon.secret}",
            f"{lake}.oauth2-server-uri": f"{daemon.uri}/v1/oauth/tokens",
            f"{lake}.header.X-Iceberg-Access-Delegation": "vended-credentials",
            "spark.sql.defaultCatalog": "lake",
        }.items():
            build = build.config(name, value)
        self.session = build.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def __call__(self, text):
        return [tuple(row) for row in self.session.sql(text).collect()]

    def stop(self):
        self.session.stop()


def expect_refusal(spark, text, word):
    try:
        spark(text)
    except Exception as error:  # noqa: BLE001  Py4J's errors have no common type
        assert word.lower() in str(error).lower(), (text, str(error)[:1000])
        return
    raise AssertionError(f"{text} was not refused")


def check_tables(spark, lake, q):
    """DDL and writes; PyIceberg and DuckDB read the same rows."""
    spark("CREATE NAMESPACE s")
    assert ("s",) in spark("SHOW NAMESPACES")
    spark("""CREATE TABLE s.t (id BIGINT NOT NULL, at TIMESTAMP, region STRING, price DECIMAL(9, 2),
             tags ARRAY<STRING>, more STRUCT<x: INT, y: STRING>)
             PARTITIONED BY (days(at), bucket(4, id)) TBLPROPERTIES ('who' = 'ann')""")
    # Spark numbers columns from 0; the catalog from 1.
    assert [f.field_id for f in lake.load_table("s.t").schema().fields] == [1, 2, 3, 4, 5, 6]
    for start in range(0, 30, 10):
        spark("INSERT INTO s.t VALUES " + ", ".join(
            f"({n}, TIMESTAMP '2026-11-{n % 3 + 1:02} 12:00:00', 'r{n % 4}', {n}.25, "
            f"array('a', 'b{n}'), named_struct('x', {n}, 'y', 'z'))"
            for n in range(start, start + 10)))
    assert spark("SELECT count(*), sum(price) FROM s.t") == [(30, decimal.Decimal("442.50"))]
    rows = lake.load_table("s.t").scan().to_arrow().sort_by("id").to_pylist()
    assert len(rows) == 30 and rows[7]["price"] == decimal.Decimal("7.25"), rows[7]
    assert rows[7]["tags"] == ["a", "b7"] and rows[7]["more"] == {"x": 7, "y": "z"}, rows[7]
    assert rows[7]["at"].astimezone(datetime.timezone.utc).day == 2, rows[7]
    assert q("SELECT count(*), sum(price), sum(more.x) FROM lake.s.t") == [
        (30, decimal.Decimal("442.50"), 435)]
    spark("ALTER TABLE s.t ADD COLUMN note STRING AFTER region")
    spark("ALTER TABLE s.t RENAME COLUMN price TO amount")
    spark("ALTER TABLE s.t ALTER COLUMN amount TYPE DECIMAL(12, 2)")
    spark("ALTER TABLE s.t SET TBLPROPERTIES ('k' = 'v')")
    spark("ALTER TABLE s.t ADD PARTITION FIELD truncate(region, 1)")
    spark("INSERT INTO s.t VALUES (100, NULL, 'south', 'new', NULL, NULL, NULL)")
    names = [f.name for f in lake.load_table("s.t").schema().fields]
    assert names == ["id", "at", "region", "note", "amount", "tags", "more"], names
    assert len(lake.load_table("s.t").specs()) == 2
    assert q("SELECT note, amount FROM lake.s.t WHERE id IN (7, 100) ORDER BY id") == [
        (None, decimal.Decimal("7.25")), ("new", None)]
    expect_refusal(spark, "CREATE TABLE s.t (id INT)", "already exists")
    expect_refusal(spark, "SELECT * FROM s.nope", "cannot be found")
    expect_refusal(spark, "DROP NAMESPACE s", "not empty")


def check_changes(spark, lake, q):
    """MERGE, UPDATE and DELETE in both ways of writing them; what others read is what Spark reads."""
    for version, mode in (("2", "copy-on-write"), ("2", "merge-on-read"), ("3", "merge-on-read")):
        name = f"s.m{version}{mode[0]}"
        spark(f"""CREATE TABLE {name} (id BIGINT, text STRING) TBLPROPERTIES (
                  'format-version' = '{version}', 'write.delete.mode' = '{mode}',
                  'write.update.mode' = '{mode}', 'write.merge.mode' = '{mode}')""")
        spark(f"INSERT INTO {name} SELECT id, concat('t', id) FROM range(100)")
        spark(f"DELETE FROM {name} WHERE id % 10 = 3")
        spark(f"UPDATE {name} SET text = 'u' WHERE id % 10 = 4")
        spark(f"""MERGE INTO {name} USING (SELECT id FROM range(95, 105)) AS new ON {name}.id = new.id
                  WHEN MATCHED AND {name}.id = 99 THEN DELETE
                  WHEN MATCHED THEN UPDATE SET text = 'm'
                  WHEN NOT MATCHED THEN INSERT (id, text) VALUES (new.id, 'n')""")
        rows = sorted(spark(f"SELECT id, text FROM {name}"))
        expected = sorted(
            [(n, "m" if 95 <= n < 99 else "u" if n % 10 == 4 else f"t{n}")
             for n in range(99) if n % 10 != 3] + [(n, "n") for n in range(100, 105)])
        assert rows == expected, (name, set(rows) ^ set(expected))
        assert q(f"SELECT id, text FROM lake.{name} ORDER BY id") == expected, name
        theirs = lake.load_table(name).scan().to_arrow().sort_by("id").to_pylist()
        assert [(row["id"], row["text"]) for row in theirs] == expected, name
        if version == "3":
            ids = spark(f"SELECT _row_id FROM {name}")
            assert len(set(ids)) == len(expected) and all(row[0] is not None for row in ids)


def check_branches(spark, lake):
    spark("CREATE TABLE s.b (id BIGINT)")
    spark("INSERT INTO s.b VALUES (1), (2)")
    first = lake.load_table("s.b").current_snapshot().snapshot_id
    spark("ALTER TABLE s.b CREATE TAG one RETAIN 10 DAYS")
    spark("ALTER TABLE s.b CREATE BRANCH side")
    spark("INSERT INTO s.b.branch_side VALUES (3)")
    assert sorted(spark("SELECT id FROM s.b")) == [(1,), (2,)]
    assert sorted(spark("SELECT id FROM s.b VERSION AS OF 'side'")) == [(1,), (2,), (3,)]
    spark("CALL lake.system.fast_forward('s.b', 'main', 'side')")
    assert sorted(spark("SELECT id FROM s.b")) == [(1,), (2,), (3,)]
    assert sorted(spark("SELECT id FROM s.b VERSION AS OF 'one'")) == [(1,), (2,)]
    spark(f"CALL lake.system.rollback_to_snapshot('s.b', {first})")
    assert sorted(spark("SELECT id FROM s.b")) == [(1,), (2,)]
    # Written, audited, published.
    spark("ALTER TABLE s.b SET TBLPROPERTIES ('write.wap.enabled' = 'true')")
    spark.session.conf.set("spark.wap.id", "audit")
    spark("INSERT INTO s.b VALUES (9)")
    spark.session.conf.unset("spark.wap.id")
    assert sorted(spark("SELECT id FROM s.b")) == [(1,), (2,)]
    spark("CALL lake.system.publish_changes('s.b', 'audit')")
    assert sorted(spark("SELECT id FROM s.b")) == [(1,), (2,), (9,)]
    spark("ALTER TABLE s.b DROP TAG one")
    assert set(lake.load_table("s.b").refs()) == {"main", "side"}


def check_upkeep(spark, lake, q, daemon):
    spark("CREATE TABLE s.u (id BIGINT, p STRING) PARTITIONED BY (p)")
    for number in range(8):
        spark(f"INSERT INTO s.u VALUES ({number}, 'a'), ({number + 100}, 'b')")
    before = sorted(spark("SELECT id, p FROM s.u"))
    assert len(lake.load_table("s.u").inspect.files()) == 16
    rewritten = spark("CALL lake.system.rewrite_data_files(table => 's.u')")
    assert rewritten[0][0] == 16 and rewritten[0][1] == 2, rewritten
    spark("CALL lake.system.rewrite_manifests('s.u')")
    assert len(lake.load_table("s.u").inspect.files()) == 2
    spark("CALL lake.system.expire_snapshots(table => 's.u', retain_last => 1, "
          "older_than => TIMESTAMP '2100-01-01 00:00:00')")
    assert len(lake.load_table("s.u").snapshots()) == 1
    spark("CALL lake.system.remove_orphan_files(table => 's.u')")
    assert sorted(spark("SELECT id, p FROM s.u")) == before
    assert q("SELECT id, p FROM lake.s.u ORDER BY id") == before
    # What our own maintenance has made, Spark reads, too.
    for number in range(4):
        spark(f"INSERT INTO s.u VALUES ({number + 200}, 'a')")
    before = sorted(spark("SELECT id, p FROM s.u"))
    for task in ("compact", "manifests"):
        status, answer = daemon.operate(
            "POST", "catalog/tables/s.u/maintenance", {"task": task})
        assert status in (200, 202), answer
        wait(daemon, answer["job"])
    spark("REFRESH TABLE s.u")
    assert sorted(spark("SELECT id, p FROM s.u")) == before


def wait(daemon, job):
    import time

    end = time.time() + 60
    while True:
        _, answer = daemon.operate("GET", f"jobs/{job}", None)
        state = answer["item"]["state"]
        if state in ("succeeded", "failed", "cancelled"):
            assert state == "succeeded", answer
            return
        assert time.time() < end, answer
        time.sleep(0.1)


def check_exchange(spark, lake, q):
    """Tables of PyIceberg and of DuckDB, read and gone on with in Spark; and back."""
    import pyarrow as pa

    table = lake.create_table("s.py", pa.schema([("id", pa.int64()), ("text", pa.string())]))
    table.append(pa.table({"id": [1, 2], "text": ["a", None]}))
    assert sorted(spark("SELECT id, text FROM s.py")) == [(1, "a"), (2, None)]
    spark("INSERT INTO s.py VALUES (3, 'c')")
    assert sorted(lake.load_table("s.py").scan().to_arrow()["id"].to_pylist()) == [1, 2, 3]
    q("CREATE TABLE lake.s.duck (id BIGINT, text VARCHAR)")
    q("INSERT INTO lake.s.duck SELECT n, 'd' || n FROM range(50) AS r(n)")
    q("DELETE FROM lake.s.duck WHERE id % 7 = 0")
    q("UPDATE lake.s.duck SET text = 'u' WHERE id % 7 = 1")
    expected = q("SELECT id, text FROM lake.s.duck ORDER BY id")
    assert sorted(spark("SELECT id, text FROM s.duck")) == expected and len(expected) == 42
    spark("DELETE FROM s.duck WHERE id < 10")
    assert q("SELECT id, text FROM lake.s.duck ORDER BY id") == [r for r in expected if r[0] >= 10]
    spark("CREATE OR REPLACE TABLE s.py AS SELECT id AS n FROM range(5)")
    assert sorted(lake.load_table("s.py").scan().to_arrow()["n"].to_pylist()) == list(range(5))
    location = lake.load_table("s.py").metadata_location
    spark("DROP TABLE s.py")
    spark(f"CALL lake.system.register_table('s.again', '{location}')")
    assert sorted(spark("SELECT n FROM s.again")) == [(n,) for n in range(5)]
    spark("ALTER TABLE s.again RENAME TO s.twice")
    assert sorted(spark("SELECT n FROM s.twice")) == [(n,) for n in range(5)]


def check_views(spark, lake, daemon):
    spark("CREATE VIEW s.v AS SELECT id, id * 2 AS twice FROM s.b")
    assert sorted(spark("SELECT twice FROM s.v")) == [(2,), (4,), (18,)]
    assert lake.list_views("s") == [("s", "v")]
    spark("CREATE OR REPLACE VIEW s.v AS SELECT id AS one FROM s.b")
    assert sorted(spark("SELECT one FROM s.v")) == [(1,), (2,), (9,)]
    status, answer = daemon.operate(
        "PUT", "catalog/views/s.w", {
            "dialect": "spark", "sql": "SELECT id FROM b", "columns": ["id long"]})
    assert status in (200, 201), answer
    assert sorted(spark("SELECT id FROM s.w")) == [(1,), (2,), (9,)]
    spark("ALTER VIEW s.v RENAME TO s.x")
    spark("DROP VIEW s.x")
    assert lake.list_views("s") == [("s", "w")]


def check_writers(spark, lake):
    """Eight threads append to one table; Spark's retries let each of them in."""
    import threading

    spark("CREATE TABLE s.c (id BIGINT) TBLPROPERTIES ('commit.retry.num-retries' = '30', "
          "'commit.retry.min-wait-ms' = '10', 'commit.retry.max-wait-ms' = '200')")
    errors = []

    def append(number):
        try:
            for step in range(3):
                spark(f"INSERT INTO s.c VALUES ({number * 10 + step})")
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]
    assert sorted(spark("SELECT id FROM s.c")) == sorted(
        (number * 10 + step,) for number in range(8) for step in range(3))
    assert len(lake.load_table("s.c").snapshots()) == 24


def check_end(spark, daemon):
    for name, in [row[1:2] for row in spark("SHOW TABLES IN s")]:
        spark(f"DROP TABLE s.{name} PURGE")
    spark("DROP VIEW s.w")
    spark("DROP NAMESPACE s")
    assert ("s",) not in spark("SHOW NAMESPACES")


def run(program, home):
    daemon = Daemon(program)
    spark = None
    try:
        lake, q = catalog(daemon), duck(daemon)
        spark = Spark(daemon, home)
        for name, body in (
            ("tables", lambda: check_tables(spark, lake, q)),
            ("changes", lambda: check_changes(spark, lake, q)),
            ("branches", lambda: check_branches(spark, lake)),
            ("upkeep", lambda: check_upkeep(spark, lake, q, daemon)),
            ("exchange", lambda: check_exchange(spark, lake, q)),
            ("views", lambda: check_views(spark, lake, daemon)),
            ("writers", lambda: check_writers(spark, lake)),
            ("end", lambda: check_end(spark, daemon)),
        ):
            body()
            print(f"spark: {name}: ok", flush=True)
    except BaseException:
        print(daemon.output()[-4000:])
        raise
    finally:
        if spark:
            spark.stop()
        daemon.stop()
    print("spark: ok")


run(*sys.argv[1:])
