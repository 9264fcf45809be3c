#!/usr/bin/env python3
"""bench/iceberg/run.py PROGRAM: ours, and Python's json and fastavro (both in C) on the same files, with the ratios of
processor time."""
import io, json, os, re, statistics, subprocess, sys, tempfile, time

import fastavro


def measure(count, body):
    runs = []
    for _ in range(5):
        begun = time.process_time_ns()
        for _ in range(max(1, count // 5)):
            body()
        runs.append((time.process_time_ns() - begun) / max(1, count // 5) / 1000)
    return statistics.median(runs)


def main():
    with tempfile.TemporaryDirectory() as folder:
        metadata, manifest = os.path.join(folder, "metadata.json"), os.path.join(folder, "manifest")
        printed = subprocess.run([sys.argv[1], metadata, manifest], check=True, capture_output=True, text=True).stdout
        print(printed, end="")
        ours = {m[1]: float(m[2]) for m in re.finditer(r"ours   (.*?): (\d+) us", printed)}
        theirs = {}
        with open(metadata, "rb") as file:
            text = file.read()
        print(f"metadata document: {len(text)} bytes")
        value = json.loads(text)
        theirs["metadata parse"] = measure(50, lambda: json.loads(text))
        theirs["metadata write"] = measure(50, lambda: json.dumps(value, separators=(",", ":")))
        for codec in ["null", "deflate"]:
            with open(f"{manifest}.{codec}", "rb") as file:
                data = file.read()
            reader = fastavro.reader(io.BytesIO(data))
            schema, entries = reader.writer_schema, list(reader)
            parsed = fastavro.parse_schema(schema)
            print(f"manifest {codec}: {len(entries)} entries, {len(data)} bytes")
            theirs[f"manifest {codec} read"] = measure(5, lambda: list(fastavro.reader(io.BytesIO(data))))
            level = {"codec_compression_level": 1} if codec == "deflate" else {}
            theirs[f"manifest {codec} write"] = measure(5, lambda: fastavro.writer(io.BytesIO(), parsed, entries, codec=codec, **level))
        for name, micros in theirs.items():
            print(f"python {name}: {micros:.0f} us; ours takes {ours[name] / micros:.2f} of it")


main()
