"""What metrics say of filters. Ours may keep a file that PyIceberg drops only where their rules differ by design."""
from pyiceberg.conversions import to_bytes
from pyiceberg.expressions import (AlwaysFalse, AlwaysTrue, And, EqualTo, GreaterThan, GreaterThanOrEqual, In, IsNaN, IsNull, LessThan,
                                   LessThanOrEqual, NotEqualTo, NotIn, NotNaN, NotNull, NotStartsWith, Or, StartsWith)
from pyiceberg.expressions.visitors import _InclusiveMetricsEvaluator, _StrictMetricsEvaluator
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import BinaryType, DoubleType, FloatType, NestedField, StringType

from maker import Maker
from manifests import schema_json
from peer import Refused

COMPARISONS = {"lt": LessThan, "lt-eq": LessThanOrEqual, "gt": GreaterThan, "gt-eq": GreaterThanOrEqual, "eq": EqualTo, "not-eq": NotEqualTo}
TESTS = {"is-null": IsNull, "not-null": NotNull}
NANS = {"is-nan": IsNaN, "not-nan": NotNaN}
PREFIXES = {"starts-with": StartsWith, "not-starts-with": NotStartsWith}


def predicate(make, rng, schema, depth):
    """Both forms of one filter."""
    if depth and rng.random() < 0.5:
        left, right = predicate(make, rng, schema, depth - 1), predicate(make, rng, schema, depth - 1)
        name, form = rng.choice([("and", And), ("or", Or)])
        return form(left[0], right[0]), {"type": name, "left": left[1], "right": right[1]}
    field = rng.choice(schema.fields)
    kind = field.field_type
    options = [*COMPARISONS, *TESTS, "in", "not-in"]
    if isinstance(kind, (FloatType, DoubleType)):
        options += [*NANS]
    if isinstance(kind, StringType):
        options += [*PREFIXES]
    name = rng.choice(options)
    if name in TESTS or name in NANS:
        return (TESTS.get(name) or NANS[name])(field.name), {"type": name, "term": field.name}
    if name in ("in", "not-in"):
        made = [literal(make, rng, kind) for _ in range(rng.randint(2, 4))]
        form = In if name == "in" else NotIn
        return form(field.name, [m[0] for m in made]), {"type": name, "term": field.name, "values": [m[1] for m in made]}
    form = COMPARISONS.get(name) or PREFIXES[name]
    value = literal(make, rng, kind)
    return form(field.name, value[0]), {"type": name, "term": field.name, "value": value[1]}


def literal(make, rng, kind):
    value = small(make, rng, kind)
    text = make.json(kind, value)
    # Dates and times go into PyIceberg's filters as text, like everything that is a string in JSON.
    typed = value if isinstance(text, (bool, int, float)) or isinstance(value, (str, bytes)) else text
    return (value if not isinstance(typed, str) or isinstance(value, str) else typed), text


def small(make, rng, kind):
    """Few values, so that bounds and constants meet."""
    from pyiceberg.types import DateType, DecimalType, IntegerType, LongType, TimestampType, TimestamptzType
    if isinstance(kind, (IntegerType, LongType, DateType)):
        return rng.randint(-3, 3)
    if isinstance(kind, (FloatType, DoubleType)):
        return rng.randint(-3, 3) / 2
    if isinstance(kind, (TimestampType, TimestamptzType)):
        return rng.randint(-3, 3) * 3_600_000_000
    if isinstance(kind, StringType):
        return "".join(rng.choice("ab") for _ in range(rng.randint(0, 3)))
    return make.value(kind)


def run(peer, rng, count, options):
    from pyiceberg.types import BooleanType, DateType, IntegerType, LongType, TimestampType
    failures, kept = [], 0
    make = Maker(rng)
    for _ in range(count):
        kinds = [rng.choice([IntegerType(), LongType(), FloatType(), DoubleType(), DateType(), TimestampType(), StringType()]) for _ in range(3)]
        schema = Schema(*[NestedField(i + 1, f"c{i}", k, required=False) for i, k in enumerate(kinds)])
        theirs, ours = predicate(make, rng, schema, 2)
        file, form = metrics(make, rng, schema)
        expected = [_InclusiveMetricsEvaluator(schema, theirs).eval(file), _StrictMetricsEvaluator(schema, theirs).eval(file)]
        try:
            may, must = peer.json("E", {"schema": schema_json(schema), "filter": ours, "file": form})
        except Refused as error:
            failures.append(f"refused: {error}\n{ours}")
            continue
        # Never may ours drop a file or promise one where PyIceberg does not, and seldom the other way. PyIceberg keeps
        # files all of whose texts begin with the prefix of a not-starts-with; PruningTests proves that ours may go.
        sharper = "not-starts-with" in str(ours)
        if expected[0] and not may and not sharper or must and not expected[1]:
            failures.append(f"may, must: {may}, {must}; PyIceberg {expected}\n{ours}\n{form}\n{kinds}")
        kept += (may, must) != tuple(expected)
    if kept > count * 0.15:
        failures.append(f"{kept} of {count} answers were more careful than PyIceberg's")
    return failures


def metrics(make, rng, schema):
    counts = {"value_counts": {}, "null_value_counts": {}, "nan_value_counts": {}}
    lower, upper = {}, {}
    for field in schema.fields:
        rows = 10
        nulls = rng.choice([0, 0, 3, rows])
        floating = isinstance(field.field_type, (FloatType, DoubleType))
        nans = rng.choice([0, 0, 2, rows - nulls]) if floating else 0
        counts["value_counts"][field.field_id] = rows
        counts["null_value_counts"][field.field_id] = nulls
        if floating:
            counts["nan_value_counts"][field.field_id] = nans
        if nulls + nans < rows and rng.random() < 0.9:
            one, two = sorted([small(make, rng, field.field_type) for _ in range(2)])
            lower[field.field_id], upper[field.field_id] = to_bytes(field.field_type, one), to_bytes(field.field_type, two)
    file = DataFile.from_args(content=DataFileContent.DATA, file_path="f", file_format=FileFormat.PARQUET, partition=Record(), record_count=10,
                              file_size_in_bytes=1, lower_bounds=lower, upper_bounds=upper, **counts)
    form = {"content": 0, "file_path": "f", "file_format": "PARQUET", "partition": [], "record_count": 10, "file_size_in_bytes": 1,
            "lower_bounds": [[k, v.hex()] for k, v in lower.items()], "upper_bounds": [[k, v.hex()] for k, v in upper.items()],
            **{n: [[k, v] for k, v in c.items()] for n, c in counts.items()}}
    return file, form
