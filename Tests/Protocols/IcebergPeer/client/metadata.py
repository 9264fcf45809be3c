"""Metadata documents and updates."""
import json, uuid

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.table.metadata import TableMetadataUtil, new_table_metadata
from pyiceberg.table.sorting import SortDirection, SortField, SortOrder
from pyiceberg.table.update import UpdatesAndRequirements, update_table_metadata
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import IcebergBaseModel
from pyiceberg.types import NestedField
from pyiceberg.schema import Schema
from pydantic import TypeAdapter
from pyiceberg.table.update import TableUpdate

from maker import Maker
from peer import Refused, difference

UPDATES = TypeAdapter(tuple[TableUpdate, ...])


def fresh(make, rng, version):
    schema = make.schema(v3=version == 3)
    spec = make.spec(schema)
    order = SortOrder(*[SortField(schema.fields[0].field_id, IdentityTransform(), SortDirection.DESC)][:rng.randint(0, 1)])
    made = new_table_metadata(schema=schema, partition_spec=spec, sort_order=order, location="s3://b/t",
                              properties={"format-version": str(version), "k": "v"}, table_uuid=uuid.UUID(int=rng.getrandbits(128)))
    # A table of v3 has a next row id from the start, which PyIceberg leaves open.
    return made.model_copy(update={"next_row_id": 0}) if version == 3 else made


def dumped(metadata):
    # PyIceberg reads v3 and declines to write it; what it would write is all there.
    return json.loads(IcebergBaseModel.model_dump_json(metadata))


def normal(document):
    """What both write differently on purpose: absent members, and -1 or null for no snapshot."""
    document = dict(document)
    for name in ["last-updated-ms", "schema", "partition-spec"]:
        document.pop(name, None)
    if document.get("current-snapshot-id") in (None, -1):
        document.pop("current-snapshot-id", None)
    if document["format-version"] == 1:
        document.pop("last-sequence-number", None)
        document.pop("next-row-id", None)
        # PyIceberg works it out anew from the specs that are left; ours never goes back.
        document.pop("last-partition-id", None)
    known = {s["snapshot-id"] for s in document["snapshots"]}
    document["snapshots"] = [without_empty(dict(s, **{"parent-snapshot-id": s.get("parent-snapshot-id") if s.get("parent-snapshot-id") in known else None}))
                             for s in document["snapshots"]]
    document["schemas"] = [without_empty(s) for s in document["schemas"]]
    document["refs"] = {name: without_empty(r) for name, r in document["refs"].items()}
    document.pop("encryption-keys", None)
    if document.get("next-row-id") is None:
        document.pop("next-row-id", None)
    return document


def without_empty(value):
    """Without members that are null or empty, which mean the same as none."""
    if isinstance(value, dict):
        return {k: without_empty(v) for k, v in value.items() if v is not None and v != []}
    if isinstance(value, list):
        return [without_empty(v) for v in value]
    return canonical(value)


def canonical(value):
    return value.replace("decimal(", "decimal(").replace(", ", ",") if isinstance(value, str) and value.startswith("decimal(") else value


def documents(peer, rng, count, options):
    failures = []
    make = Maker(rng)
    for _ in range(count):
        metadata = fresh(make, rng, rng.choice([1, 2, 3]))
        document = dumped(metadata)
        text = peer.ask("T", document)
        found = difference(normal(document), normal(json.loads(text)))
        again = TableMetadataUtil.parse_raw(text.decode())
        found = found or difference(normal(document), normal(dumped(again)))
        if found:
            failures.append(f"{found}\n{document}\n{text.decode()}")
    return failures


class Sequence:
    """Random updates that both builders accept."""

    def __init__(self, rng, make, base):
        self.rng, self.make, self.base = rng, make, base
        self.snapshots = {s.snapshot_id for s in base.snapshots}
        self.sequence = getattr(base, "last_sequence_number", 0)
        self.row = getattr(base, "next_row_id", None) or 0
        self.schema_id = max(s.schema_id for s in base.schemas)
        self.schemas = {s.schema_id: s for s in base.schemas}
        self.current_schema = base.current_schema_id
        self.column = base.last_column_id
        self.spec_id = max(s.spec_id for s in base.partition_specs)
        self.default_spec = base.default_spec_id
        self.specs = {s.spec_id for s in base.partition_specs}
        self.partition = base.last_partition_id or 999
        self.order_id = max(o.order_id for o in base.sort_orders)
        self.properties = set(base.properties)
        self.refs = {n: r.snapshot_id for n, r in base.refs.items()}
        self.statistics = {s.snapshot_id for s in base.statistics}
        self.time = max([base.last_updated_ms] + [e.timestamp_ms for e in base.snapshot_log])
        self.gone = set()
        self.upgraded = False

    def uuid(self):
        return [{"action": "assign-uuid", "uuid": str(self.base.table_uuid)}]

    def upgrade(self):
        self.upgraded = True
        # PyIceberg's builder upgrades to v2 only.
        return [] if self.base.format_version > 2 else [{"action": "upgrade-format-version", "format-version": 2}]

    def location(self):
        return [{"action": "set-location", "location": f"s3://b/{self.rng.randrange(5)}"}]

    def schema(self):
        self.schema_id += 1
        self.column += 1
        old = self.schemas[self.current_schema]
        fields = [json.loads(f.model_dump_json()) for f in old.fields]
        fields.append({"id": self.column, "name": f"n{self.column}", "required": False, "type": self.rng.choice(["long", "string"])})
        schema = {"type": "struct", "schema-id": self.schema_id, "fields": fields, "identifier-field-ids": []}
        self.schemas[self.schema_id] = Schema(*[NestedField.model_validate(f) for f in fields], schema_id=self.schema_id)
        updates = [{"action": "add-schema", "schema": schema}]
        if self.rng.random() < 0.7:
            self.current_schema = self.schema_id
            updates.append({"action": "set-current-schema", "schema-id": self.rng.choice([-1, self.schema_id])})
        return updates

    def spec(self):
        # Ids of v1 would clash in v2, where ours gives new ones and PyIceberg none.
        if self.upgraded and self.base.format_version == 1:
            return []
        source = self.rng.choice(self.schemas[self.base.current_schema_id].fields)
        self.spec_id += 1
        # In v1 ids count from 1000 in each spec.
        self.partition = max(1000, self.partition + 1) if self.base.format_version > 1 else 1000
        spec = {"spec-id": self.spec_id, "fields": [{"source-id": source.field_id, "field-id": self.partition, "name": f"q{self.spec_id}",
                                                     "transform": str(self.make.transform(source.field_type))}]}
        self.specs.add(self.spec_id)
        updates = [{"action": "add-spec", "spec": spec}]
        if self.rng.random() < 0.7:
            self.default_spec = self.spec_id
            updates.append({"action": "set-default-spec", "spec-id": self.rng.choice([-1, self.spec_id])})
        elif self.rng.random() < 0.3 and len(self.specs) > 1:
            gone = self.rng.choice([s for s in self.specs if s not in (self.default_spec, self.spec_id)] or [None])
            if gone is not None:
                self.specs.remove(gone)
                updates.append({"action": "remove-partition-specs", "spec-ids": [gone]})
        return updates

    def order(self):
        self.order_id += 1
        source = self.schemas[self.base.current_schema_id].fields[0]
        order = {"order-id": self.order_id, "fields": [
            {"source-id": source.field_id, "transform": "identity", "direction": self.rng.choice(["asc", "desc"]), "null-order": "nulls-first"}] * self.order_id}
        return [{"action": "add-sort-order", "sort-order": order},
                {"action": "set-default-sort-order", "sort-order-id": self.rng.choice([-1, self.order_id])}]

    def snapshot(self):
        identifier = self.rng.choice([self.rng.randrange(2**63), 2**53 + 1 + len(self.snapshots)])
        if identifier in self.snapshots | self.gone:
            return []
        self.sequence += self.rng.randint(1, 3)
        self.time += self.rng.randint(0, 5000)
        snapshot = {"snapshot-id": identifier, "sequence-number": self.sequence, "timestamp-ms": self.time,
                    "manifest-list": f"s3://b/{identifier}.avro", "summary": {"operation": "append", "added-records": "5"},
                    "schema-id": self.base.current_schema_id}
        if self.snapshots:
            snapshot["parent-snapshot-id"] = self.rng.choice(sorted(self.snapshots))
        if self.base.format_version == 3:
            rows = self.rng.choice([0, 5, 2**40])
            snapshot.update({"first-row-id": self.row, "added-rows": rows})
            self.row += rows
        self.snapshots.add(identifier)
        updates = [{"action": "add-snapshot", "snapshot": snapshot}]
        if self.rng.random() < 0.6:
            self.refs["main"] = identifier
            updates.append({"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": identifier})
        return updates

    def ref(self):
        name = self.rng.choice(["b1", "b2", "t1"])
        identifier = self.rng.choice(sorted(self.snapshots))
        self.refs[name] = identifier
        update = {"action": "set-snapshot-ref", "ref-name": name, "type": "tag" if name == "t1" else "branch", "snapshot-id": identifier}
        if name == "b1":
            update["min-snapshots-to-keep"] = self.rng.randint(1, 9)
        if self.rng.random() < 0.3:
            update["max-ref-age-ms"] = 2**53 + 1
        return [update]

    def remove_ref(self):
        name = self.rng.choice(["b1", "b2", "t1", "nothing"])
        self.refs.pop(name, None)
        return [{"action": "remove-snapshot-ref", "ref-name": name}]

    def remove_snapshot(self):
        candidates = sorted(s for s in self.snapshots if s != self.refs.get("main"))
        if not candidates:
            return []
        gone = self.rng.choice(candidates)
        self.snapshots.remove(gone)
        self.gone.add(gone)
        self.statistics.discard(gone)
        self.refs = {n: s for n, s in self.refs.items() if s != gone}
        return [{"action": "remove-snapshots", "snapshot-ids": [gone]}]


def properties(self):
    names = [f"k{self.rng.randrange(6)}" for _ in range(self.rng.randint(1, 3))]
    self.properties |= set(names)
    return [{"action": "set-properties", "updates": {n: self.make.text() for n in names}}]


def remove_properties(self):
    names = [n for n in sorted(self.properties) if self.rng.random() < 0.3]
    self.properties -= set(names)
    return [{"action": "remove-properties", "removals": names}] if names else []


def statistics(self):
    identifier = self.rng.choice(sorted(self.snapshots) or [77])
    self.statistics.add(identifier)
    file = {"snapshot-id": identifier, "statistics-path": "s3://b/s.puffin", "file-size-in-bytes": self.rng.randrange(2**40),
            "file-footer-size-in-bytes": 42, "blob-metadata": []}
    return [{"action": "set-statistics", "statistics": file}]


def remove_statistics(self):
    identifier = self.rng.choice(sorted(self.statistics))
    self.statistics.remove(identifier)
    return [{"action": "remove-statistics", "snapshot-id": identifier}]


# The names of the methods that make updates are also those of sets above: attributes of the instance would hide them.
def step(sequence):
    makers = {"properties": properties, "remove_properties": remove_properties, "statistics": statistics, "remove_statistics": remove_statistics}
    kinds = ["properties", "remove_properties", "schema", "spec", "order", "location", "uuid", "upgrade"]
    if sequence.base.format_version > 1:
        kinds += ["snapshot"] * 4 + ["statistics"]
        if sequence.snapshots:
            kinds += ["ref", "ref", "remove_ref", "remove_snapshot"]
        if sequence.statistics:
            kinds += ["remove_statistics"]
    kind = sequence.rng.choice(kinds)
    return makers[kind](sequence) if kind in makers else getattr(Sequence, kind)(sequence)


def updates(peer, rng, count, options):
    failures = []
    make = Maker(rng)
    base = None
    for number in range(count):
        if base is None or rng.random() < 0.1:
            base = fresh(make, rng, rng.choice([1, 2, 2, 3, 3]))
        sequence = Sequence(rng, make, base)
        made = []
        for _ in range(rng.randint(1, 6)):
            made += step(sequence)
        location = f"s3://b/t/metadata/{number:05}-x.metadata.json"
        expected = update_table_metadata(base, UPDATES.validate_python(made), metadata_location=location)
        expected = TableMetadataUtil.parse_raw(json.dumps(dumped(expected)))
        left = normal(dumped(expected))
        try:
            right = normal(peer.json("U", {"metadata": dumped(base), "updates": made, "now": sequence.time + 1000, "location": location}))
        except Refused as error:
            failures.append(f"refused: {error}\n{made}\n{dumped(base)}")
            continue
        found = compare(left, right, sequence)
        if found:
            failures.append(f"{found}\n{made}\n{left}\n{right}")
        base = expected
    return failures


def compare(left, right, sequence):
    # A snapshot that is added and left behind in one request stays in PyIceberg's log and not in ours, and
    # after a removal ours drops what is older: there the end of the log must agree.
    logs = [[e["snapshot-id"] for e in d.pop("snapshot-log")] for d in (left, right)]
    current = left.get("current-snapshot-id")
    if current is not None and [l[-1:] for l in logs] != [[current], [current]]:
        return f"logs end with {[l[-1:] for l in logs]}, current is {current}"
    if not set(logs[1]) <= set(logs[0]):
        return f"logs {logs}"
    # An update that changes nothing makes no version of ours, and so no line in the log.
    for document in (left, right):
        for entry in document["metadata-log"]:
            entry.pop("timestamp-ms")
    if left["metadata-log"] != right["metadata-log"]:
        if left["metadata-log"][:-1] == right["metadata-log"]:
            left["metadata-log"] = right["metadata-log"]
    for document in (left, right):
        for kind in ["partition-specs", "sort-orders", "statistics"]:
            document[kind] = [without_empty(v) for v in document[kind]]
    return difference(left, right)
