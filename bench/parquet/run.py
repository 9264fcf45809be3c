#!/usr/bin/env python3
"""Writes the same rows with bench-parquet and with pyarrow, in turn, and prints the ratio.

usage: run.py [--rows N] [--rounds N] [--program PATH] [--folder PATH]

pyarrow writes a table that is already in memory, read from bench-parquet's own file; only the writing
is timed. Times are wall times of interleaved rounds, ratios are of pairs. Fails when the statistics
that Columnar answers are not what pyarrow reads back from the file.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq


def processor_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def ours(program, path, rows, threads):
    before = processor_seconds(resource.RUSAGE_CHILDREN)
    text = subprocess.run(
        [program, path, str(rows), str(threads)], check=True, capture_output=True, text=True
    ).stdout
    result = {"columns": {}, "cpu": processor_seconds(resource.RUSAGE_CHILDREN) - before}
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind == "seconds":
            result["seconds"] = float(fields[0])
        elif kind == "peak":
            result["peak"] = int(fields[0])
        elif kind == "file":
            result["rows"], result["bytes"] = int(fields[0]), int(fields[1])
        elif kind == "column":
            result["columns"][fields[0]] = fields[1:]
    return result


def read_back(path):
    """Per column: bytes, values, nulls, least, greatest, as pyarrow finds them in the footer."""
    footer = pq.ParquetFile(path).metadata
    columns = {}
    for group in range(footer.num_row_groups):
        for index in range(footer.num_columns):
            chunk = footer.row_group(group).column(index)
            found = columns.setdefault(chunk.path_in_schema, [0, 0, 0, None, None])
            found[0] += chunk.total_compressed_size
            found[1] += chunk.num_values
            found[2] += chunk.statistics.null_count
            low, high = chunk.statistics.min, chunk.statistics.max
            found[3] = low if found[3] is None else min(found[3], low)
            found[4] = high if found[4] is None else max(found[4], high)
    return footer.num_rows, columns


def same_value(text, value):
    if isinstance(value, float):
        return float(text) == value
    if isinstance(value, int):
        return int(text) == value
    if hasattr(value, "isoformat"):
        return text == value.isoformat(sep=" ")
    return text == str(value)


def check(result, path):
    rows, columns = read_back(path)
    assert result["rows"] == rows, (result["rows"], rows)
    assert result["bytes"] == os.path.getsize(path)
    assert set(result["columns"]) == set(columns), (set(result["columns"]), set(columns))
    for name, (size, values, nulls, low, high) in columns.items():
        told = result["columns"][name]
        assert [int(told[0]), int(told[1]), int(told[2])] == [size, values, nulls], (name, told, size)
        assert same_value(told[3], low), (name, told[3], low)
        assert same_value(told[4], high), (name, told[4], high)
    return len(columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--program", default=".build/release/bench-parquet")
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, peer = os.path.join(folder, "ours.parquet"), os.path.join(folder, "peer.parquet")
        first = ours(options.program, path, options.rows, options.threads)
        count = check(first, path)
        table = pq.read_table(path).combine_chunks()
        pairs, peak = [], first["peak"]
        for _ in range(options.rounds):
            mine = ours(options.program, path, options.rows, options.threads)
            check(mine, path)
            peak = max(peak, mine["peak"])
            cpu, start = processor_seconds(resource.RUSAGE_SELF), time.perf_counter()
            pq.write_table(table, peer, compression="zstd")
            theirs = time.perf_counter() - start
            cpu = processor_seconds(resource.RUSAGE_SELF) - cpu
            pairs.append((mine["seconds"], theirs))
            print(f"  columnar {mine['seconds']:.2f} s ({mine['cpu']:.2f} of processor), "
                  f"pyarrow {theirs:.2f} s ({cpu:.2f})", flush=True)
        ratios = [theirs / mine for mine, theirs in pairs]
        print(f"rows {options.rows}, columns {count}, threads {options.threads}")
        print(f"columnar: {statistics.median(p[0] for p in pairs):.2f} s, "
              f"{first['bytes'] / 1e6:.0f} MB, peak memory {peak / 1e6:.0f} MB")
        print(f"pyarrow {pa.__version__}: {statistics.median(p[1] for p in pairs):.2f} s, "
              f"{os.path.getsize(peer) / 1e6:.0f} MB, table in memory {table.nbytes / 1e6:.0f} MB")
        print(f"speed: {statistics.median(ratios):.2f} x pyarrow "
              f"(of pairs: {', '.join(f'{r:.2f}' for r in ratios)})")
        print("statistics: equal to what pyarrow reads back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
