#!/usr/bin/env python3
"""Compares our Iceberg library with PyIceberg, fastavro and DuckDB on random values.

    run.py PEER [--count N] [--seed S] [--only PART,PART] [--extensions DIR]     PEER: the iceberg-peer program

    metadata     documents that PyIceberg writes come back unchanged, and ours are read by it
    updates      random sequences of updates give what PyIceberg's own builder gives
    manifests    manifests (v1, v2) written by either are read by the other, field by field; v3 by fastavro
    lists        the same for manifest lists
    vectors      deletion vectors: ours read by PyIceberg, pyroaring's read by us
    transforms   results of transforms on random values
    values       single values as bytes, both ways
    filters      what metrics say of random filters
    avro         random schemas and values through fastavro, us, and fastavro again
    tables       whole tables that we write, read by PyIceberg and by DuckDB
"""
import argparse, os, random, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "client"))
import avro, filters, lists, manifests, metadata, tables, values, vectors
from peer import Peer

PARTS = {
    "metadata": (metadata.documents, 1.0), "updates": (metadata.updates, 1.0),
    "manifests": (manifests.run, 0.1), "lists": (lists.run, 0.2), "vectors": (vectors.run, 0.1),
    "transforms": (values.transforms, 0.2), "values": (values.values, 0.2),
    "filters": (filters.run, 1.0), "avro": (avro.run, 0.3), "tables": (tables.run, 0.005),
}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer")
    arguments.add_argument("--count", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments.add_argument("--only", default="")
    arguments.add_argument("--extensions", default="")
    options = arguments.parse_args()
    chosen = options.only.split(",") if options.only else list(PARTS)
    peer = Peer(options.peer)
    failures = 0
    for name in chosen:
        run, share = PARTS[name]
        count = max(1, int(options.count * share))
        found = run(peer, random.Random(f"{options.seed} {name}"), count, options)
        for text in found[:5]:
            print(f"seed {options.seed}: {name}: {text[:3000]}")
        print(f"{name}: {count} rounds, {len(found)} differences")
        failures += len(found)
    peer.close()
    sys.exit(1 if failures else 0)


main()
