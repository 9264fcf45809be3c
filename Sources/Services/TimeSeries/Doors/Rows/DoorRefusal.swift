import SeriesModel

/// Why one line or sample was not taken. Made of nothing that allocates: a body may hold millions.
enum DoorRefusal: Error, Equatable {
  case missingName
  case missingTagKey
  case missingTagValue
  case duplicateTag
  case missingFields
  case missingFieldValue
  case badNumber
  case badBoolean
  case openQuote
  case badTime
  case timeOutside
  case timeAhead
  case notText
  case reservedTag
  case tooLong(limit: Int)
  case tooManyTags(limit: Int)
  case tooManyFields(limit: Int)
  case nameTooLong(limit: Int)
  /// The field, by its place in the point.
  case fieldClash(field: Int, is: SeriesType, has: SeriesType)
  /// The tag, by its place in the point.
  case tagType(tag: Int)
  case missingEntity
  case histogram
  case malformed
  /// The schema has no room for it; why is told by the session.
  case schema

  func message(_ point: borrowing DoorPoint) -> String {
    switch self {
    case .missingName: "missing measurement"
    case .missingTagKey: "missing tag key"
    case .missingTagValue: "missing tag value"
    case .duplicateTag: "duplicate tags"
    case .missingFields: "missing fields"
    case .missingFieldValue: "missing field value"
    case .badNumber: "invalid number"
    case .badBoolean: "invalid boolean"
    case .openQuote: "unbalanced quotes"
    case .badTime: "bad timestamp"
    case .timeOutside: "time outside range: 64 bits of nanoseconds hold it not"
    case .timeAhead: "time outside range: it is more than a year ahead"
    case .notText: "not valid UTF-8"
    case .reservedTag: "tag \(DoorTable.seriesTag) is reserved"
    case .tooLong(let limit): "longer than \(limit) bytes"
    case .tooManyTags(let limit): "more than \(limit) tags"
    case .tooManyFields(let limit): "more than \(limit) fields"
    case .nameTooLong(let limit): "a name longer than \(limit) bytes"
    case .fieldClash(let field, let type, let known):
      "field type conflict: input field \"\(point.text(point.fields[field].key))\" on measurement"
        + " \"\(point.text(point.name))\" is type \(type.doorName),"
        + " already exists as type \(known.doorName)"
    case .tagType(let tag):
      "tag \"\(point.text(point.tags[tag].key))\" of measurement \"\(point.text(point.name))\""
        + " is not of type string in the schema"
    case .missingEntity:
      "measurement \"\(point.text(point.name))\" has an entity that these tags do not give"
    case .malformed: "no series of remote write"
    case .histogram: "native histograms are not supported"
    case .schema: "the schema does not have it"
    }
  }
}

extension SeriesType {
  fileprivate var doorName: String {
    switch self {
    case .string: "string"
    case .int: "integer"
    case .float: "float"
    case .binary: "binary"
    case .strings: "string list"
    case .ints: "integer list"
    case .timestamp: "timestamp"
    }
  }
}
