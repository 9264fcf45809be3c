package import Protobuf
package import SeriesModel
package import SeriesWire

extension ProtoTimestamp {
  /// Since 1970, cut to what 64 bits hold.
  package var nanoseconds: Int64 {
    let (product, overflow) = self.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return self.seconds < 0 ? .min : .max }
    let (sum, carry) = product.addingReportingOverflow(Int64(self.nanos))
    return carry ? (self.seconds < 0 ? .min : .max) : sum
  }

  /// The same, nil outside of what 64 bits hold.
  package var exactNanoseconds: Int64? {
    guard (0..<1_000_000_000).contains(self.nanos) else { return nil }
    let (product, overflow) = self.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return nil }
    let (sum, carry) = product.addingReportingOverflow(Int64(self.nanos))
    return carry ? nil : sum
  }

  package init(nanoseconds: Int64) {
    self.init()
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.seconds = remainder < 0 ? quotient - 1 : quotient
    self.nanos = Int32(remainder < 0 ? remainder + 1_000_000_000 : remainder)
  }
}

extension SeriesValue {
  /// A message without a member counts as null.
  package init(_ tag: ModelWire.TagValue) {
    switch tag.value {
    case nil, .null?: self = .null
    case .str(let text)?: self = .string(text.value)
    case .strArray(let texts)?: self = .strings(texts.value)
    case .int(let number)?: self = .int(number.value)
    case .intArray(let numbers)?: self = .ints(numbers.value)
    case .binaryData(let bytes)?: self = .binary(bytes)
    case .timestamp(let time)?: self = .timestamp(time.nanoseconds)
    }
  }

  package init(_ field: ModelWire.FieldValue) {
    switch field.value {
    case nil, .null?: self = .null
    case .str(let text)?: self = .string(text.value)
    case .int(let number)?: self = .int(number.value)
    case .binaryData(let bytes)?: self = .binary(bytes)
    case .float(let number)?: self = .float(number.value)
    }
  }

  package var tagValue: ModelWire.TagValue {
    var tag = ModelWire.TagValue()
    switch self {
    case .null, .float: tag.value = .null(ProtoNullValue())
    case .string(let text): tag.value = .str(ModelWire.Str { $0.value = text })
    case .int(let number): tag.value = .int(ModelWire.Int { $0.value = number })
    case .binary(let bytes): tag.value = .binaryData(bytes)
    case .strings(let texts): tag.value = .strArray(ModelWire.StrArray { $0.value = texts })
    case .ints(let numbers): tag.value = .intArray(ModelWire.IntArray { $0.value = numbers })
    case .timestamp(let time): tag.value = .timestamp(ProtoTimestamp(nanoseconds: time))
    }
    return tag
  }

  package var fieldValue: ModelWire.FieldValue {
    var field = ModelWire.FieldValue()
    switch self {
    case .null, .strings, .ints, .timestamp: field.value = .null(ProtoNullValue())
    case .string(let text): field.value = .str(ModelWire.Str { $0.value = text })
    case .int(let number): field.value = .int(ModelWire.Int { $0.value = number })
    case .binary(let bytes): field.value = .binaryData(bytes)
    case .float(let number): field.value = .float(ModelWire.Float { $0.value = number })
    }
    return field
  }
}
