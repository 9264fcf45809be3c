"""Manifest lists, field by field."""
import io, os, tempfile

import fastavro
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import ManifestContent, ManifestFile, PartitionFieldSummary, read_manifest_list, write_manifest_list

from peer import Refused, difference

FILES = PyArrowFileIO()
COUNTS = ["added_files_count", "existing_files_count", "deleted_files_count", "added_rows_count", "existing_rows_count", "deleted_rows_count"]


def manifest(rng, version):
    made = {
        "manifest_path": f"s3://b/é{rng.randrange(100)}.avro", "manifest_length": rng.choice([7, 2**40]),
        "partition_spec_id": rng.randrange(5), "content": 0 if version == 1 else rng.choice([0, 1]),
        "sequence_number": 0 if version == 1 else rng.choice([3, 2**53 + 1]), "min_sequence_number": 0 if version == 1 else 2,
        "added_snapshot_id": rng.choice([77, 2**63 - 1]), "key_metadata": rng.choice([None, "00ff"]), "first_row_id": None,
        "partitions": rng.choice([None, [], [[rng.random() < 0.5, rng.choice([None, True, False]), rng.choice([None, "", "0102"]),
                                              rng.choice([None, "ff"])] for _ in range(3)]])}
    made.update({n: rng.choice([0, 9]) if version > 1 else rng.choice([None, 0, 9]) for n in COUNTS})
    if version == 3 and made["content"] == 0:
        made["first_row_id"] = rng.choice([0, 2**60])
    return made


def form(read):
    return {
        **{n: getattr(read, n) for n in ["manifest_path", "manifest_length", "partition_spec_id", "sequence_number",
                                         "min_sequence_number", "added_snapshot_id", *COUNTS]},
        "content": int(read.content or 0), "key_metadata": None if read.key_metadata is None else read.key_metadata.hex(),
        "partitions": None if read.partitions is None else [
            [p.contains_null, p.contains_nan, None if p.lower_bound is None else p.lower_bound.hex(),
             None if p.upper_bound is None else p.upper_bound.hex()] for p in read.partitions]}


def run(peer, rng, count, options):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            path = os.path.join(folder, f"{number}.avro")
            version = rng.choice([1, 2, 3])
            made = [manifest(rng, version) for _ in range(rng.randint(0, 5))]
            try:
                data = peer.ask("X", {"version": version, "snapshot_id": 77, "parent": rng.choice([None, 5]), "sequence_number": 2**53 + 3,
                                      "first_row_id": 5, "manifests": made})
                found = difference(made, peer.json("L", data))
                with open(path, "wb") as stored:
                    stored.write(data)
                read = [form(m) for m in read_manifest_list(FILES.new_input(path))]
                found = found or difference([{k: v for k, v in m.items() if k != "first_row_id"} for m in made], read)
                rows = [m.get("first_row_id") for m in fastavro.reader(io.BytesIO(data))]
                found = found or difference([m["first_row_id"] for m in made], rows)
                if found:
                    failures.append(f"our v{version}: {found}\n{made}")
                failures += theirs(peer, made, min(version, 2), path + ".theirs") if version < 3 else []
            except Refused as error:
                failures.append(f"refused: {error}\n{made}")
    return failures


def theirs(peer, made, version, path):
    summary = lambda p: PartitionFieldSummary.from_args(
        contains_null=p[0], contains_nan=p[1], lower_bound=None if p[2] is None else bytes.fromhex(p[2]),
        upper_bound=None if p[3] is None else bytes.fromhex(p[3]))
    files = [ManifestFile.from_args(**{
        **{k: v for k, v in m.items() if k != "first_row_id"}, "content": ManifestContent(m["content"]),
        "key_metadata": None if m["key_metadata"] is None else bytes.fromhex(m["key_metadata"]),
        "partitions": None if m["partitions"] is None else [summary(p) for p in m["partitions"]]}) for m in made]
    with write_manifest_list(version, FILES.new_output(path), 77, 5, 2**53 + 3, "deflate") as writer:
        writer.add_manifests(files)
    with open(path, "rb") as stored:
        found = difference(made, peer.json("L", stored.read()))
    return [f"PyIceberg's v{version}: {found}\n{made}"] if found else []
