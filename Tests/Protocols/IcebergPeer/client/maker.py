"""Random types, values, schemas and partition specs, as PyIceberg has them."""
import datetime, decimal, string, uuid

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform,
                                  MonthTransform, TruncateTransform, VoidTransform, YearTransform)
from pyiceberg.types import *

# Python rounds decimals to 28 digits unless it is told otherwise.
decimal.getcontext().prec = 60

EDGES = [0, 1, -1, 127, 128, -128, 2**31 - 1, -2**31]
LONG_EDGES = EDGES + [2**53 + 1, 2**63 - 1, -2**63]


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def primitive(self, v3=False):
        rng = self.rng
        precision = rng.randint(1, 38)
        options = [
            BooleanType(), IntegerType(), LongType(), FloatType(), DoubleType(), DateType(), TimeType(),
            TimestampType(), TimestamptzType(), StringType(), UUIDType(), BinaryType(),
            FixedType(rng.randint(1, 20)), DecimalType(precision, rng.randint(0, precision)),
        ]
        if v3:
            options += [TimestampNanoType(), TimestamptzNanoType()]
        return rng.choice(options)

    def text(self):
        alphabet = string.ascii_letters + "é漢𝄞 /%"
        return "".join(self.rng.choice(alphabet) for _ in range(self.rng.choice([0, 1, 3, 8, 20])))

    def value(self, kind, timestamps=2**52):
        """In the form that manifests have: numbers for dates and times."""
        rng = self.rng
        if isinstance(kind, BooleanType):
            return rng.random() < 0.5
        if isinstance(kind, IntegerType):
            return rng.choice(EDGES + [rng.randint(-2**31, 2**31 - 1)])
        if isinstance(kind, LongType):
            return rng.choice(LONG_EDGES + [rng.randint(-2**63, 2**63 - 1)])
        if isinstance(kind, FloatType):
            # Few digits: ours are printed as short as they can be, Python's with the digits of a double.
            return rng.choice([0.0, -0.0, 1.5, rng.randint(-10000, 10000) / 4])
        if isinstance(kind, DoubleType):
            return rng.choice([0.0, -0.0, 1e300, 5e-324, rng.uniform(-1e9, 1e9)])
        if isinstance(kind, DateType):
            return rng.randint(-30000, 30000)
        if isinstance(kind, TimeType):
            return rng.randrange(86_400_000_000)
        if isinstance(kind, (TimestampType, TimestamptzType)):
            return rng.randint(-timestamps, timestamps)
        if isinstance(kind, (TimestampNanoType, TimestamptzNanoType)):
            return rng.randint(-2**62, 2**62)
        if isinstance(kind, StringType):
            return self.text()
        if isinstance(kind, UUIDType):
            return uuid.UUID(int=rng.getrandbits(128))
        if isinstance(kind, FixedType):
            return rng.randbytes(len(kind))
        if isinstance(kind, BinaryType):
            return rng.randbytes(rng.choice([0, 1, 5, 30]))
        if isinstance(kind, DecimalType):
            limit = 10**kind.precision - 1
            unscaled = rng.choice([0, 1, -1, limit, -limit, rng.randint(-limit, limit)])
            digits = tuple(int(c) for c in str(abs(unscaled)))
            return decimal.Decimal((1 if unscaled < 0 else 0, digits, -kind.scale))
        raise ValueError(kind)

    def json(self, kind, value):
        """As single-value JSON."""
        if value is None:
            return None
        if isinstance(kind, DecimalType):
            return format(value, "f")
        if isinstance(kind, DateType):
            return (datetime.date(1970, 1, 1) + datetime.timedelta(days=value)).isoformat()
        if isinstance(kind, TimeType):
            return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value)).time().isoformat("microseconds")
        if isinstance(kind, (TimestampType, TimestamptzType)):
            moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value)
            return moment.isoformat(timespec="microseconds") + ("+00:00" if isinstance(kind, TimestamptzType) else "")
        if isinstance(kind, (TimestampNanoType, TimestamptzNanoType)):
            moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value // 1000)
            zone = "+00:00" if isinstance(kind, TimestamptzNanoType) else ""
            return moment.isoformat(timespec="microseconds") + f"{value % 1000:03}" + zone
        if isinstance(kind, UUIDType):
            return str(value)
        if isinstance(kind, (FixedType, BinaryType)):
            return value.hex().upper()
        return value

    def transform(self, kind):
        options = [IdentityTransform(), VoidTransform(), BucketTransform(self.rng.randint(1, 40)),
                   TruncateTransform(self.rng.randint(1, 20)), YearTransform(), MonthTransform(), DayTransform(),
                   HourTransform()]
        return self.rng.choice([t for t in options if t.can_transform(kind)])

    def schema(self, v3=False):
        fields = [NestedField(i + 1, f"c{i} é" if i == 1 else f"c{i}", self.primitive(v3), required=False)
                  for i in range(self.rng.randint(1, 8))]
        return Schema(*fields, schema_id=self.rng.randint(0, 3))

    def spec(self, schema):
        fields = []
        for number in range(self.rng.randint(0, 4)):
            source = self.rng.choice(schema.fields)
            fields.append(PartitionField(source.field_id, 1000 + number, self.transform(source.field_type), f"p{number}"))
        return PartitionSpec(*fields, spec_id=self.rng.randint(0, 5))

    def partition(self, schema, spec):
        """Values that the transforms could have made, in the order of the spec."""
        made = []
        for field in spec.fields:
            source = schema.find_type(field.source_id)
            result = field.transform.transform(source)(self.value(source))
            if isinstance(source, (IntegerType, LongType)) and result is not None:
                # Python's numbers go on where a truncated one wraps around.
                result = min(max(result, -2**31), 2**31 - 1)
            if isinstance(source, DecimalType) and result is not None and isinstance(result, decimal.Decimal):
                # The smallest numbers have one digit more when they are truncated.
                result = max(result, decimal.Decimal(1 - 10**source.precision).scaleb(-source.scale))
            if isinstance(source, DoubleType):
                # PyIceberg's fast decoder reads doubles through 32 bits.
                result = None if result is None else float(int(result) % 1000)
            made.append(None if self.rng.random() < 0.2 else result)
        return made
