import Bytes
import JSON
import Protobuf
import SeriesModel
import SeriesSchema
import SeriesWire
import Values

struct RowProblem: Error {
  var why: String
}

/// A row by names as the message that a client would send.
enum WriteRow {
  case measure(MeasureWire.WriteRequest)
  case stream(StreamWire.WriteRequest)
  case trace(TraceWire.WriteRequest)

  init(
    _ row: JSONValue, _ kind: SchemaKind, _ name: String, number: UInt64, _ registry: SchemaRegistry
  ) throws(RowProblem) {
    guard let slash = name.firstIndex(of: "/") else {
      throw RowProblem(why: "\(name.prefix(80)) is not GROUP/NAME")
    }
    let (group, object) = (String(name[..<slash]), String(name[name.index(after: slash)...]))
    guard let subject = registry.subject(kind, group, object) else {
      throw RowProblem(why: "there is no \(kind.rawValue) \(name.prefix(160))")
    }
    let metadata = CommonWire.Metadata {
      $0.group = group
      $0.name = object
    }
    try Self.check(row, kind)
    let tags = try Self.tags(row, subject)
    switch kind {
    case .stream:
      let time = try Self.time(row)
      self = .stream(
        StreamWire.WriteRequest {
          $0.metadata = metadata
          $0.messageID = number
          $0.element = StreamWire.ElementValue {
            $0.elementID = row["element_id"]?.string ?? ""
            $0.timestamp = time
            $0.tagFamilies = Self.families(tags, subject)
          }
        })
    case .trace:
      guard let bytes = (row["span"] ?? "").string.flatMap(Self.bytes) else {
        throw RowProblem(why: "its span is no base64")
      }
      self = .trace(
        TraceWire.WriteRequest {
          $0.metadata = metadata
          $0.version = number
          $0.tags = tags.map(\.tagValue)
          $0.span = bytes
        })
    default:
      let time = try Self.time(row)
      let fields = try Self.fields(row, subject)
      self = .measure(
        MeasureWire.WriteRequest {
          $0.metadata = metadata
          $0.messageID = number
          $0.dataPoint = MeasureWire.DataPointValue {
            $0.timestamp = time
            $0.tagFamilies = Self.families(tags, subject)
            $0.fields = fields.map(\.fieldValue)
            $0.version = row["version"]?.int64 ?? time.nanoseconds
          }
        })
    }
  }

  private static func bytes(_ text: String) -> [UInt8]? { Base64.bytes(of: text) }

  private static func check(_ row: JSONValue, _ kind: SchemaKind) throws(RowProblem) {
    let known: Set<String> =
      switch kind {
      case .stream: ["stream", "time", "element_id", "tags"]
      case .trace: ["trace", "tags", "span"]
      default: ["measure", "time", "version", "tags", "fields"]
      }
    // Lines of the log of what was taken are rows, and say when that was.
    let logged: Set<String> = ["at", "shard"]
    for member in row.object?.names ?? [] where !known.union(logged).contains(member) {
      throw RowProblem(
        why: "a row of a \(kind.rawValue) has no member \(member.prefix(60).debugDescription);"
          + " it has \(known.sorted().joined(separator: ", "))")
    }
  }

  private static func time(_ row: JSONValue) throws(RowProblem) -> ProtoTimestamp {
    guard let json = row["time"], let time = SeriesValue.time(json) else {
      throw RowProblem(why: "its time is no RFC 3339 text and no whole number of milliseconds")
    }
    return ProtoTimestamp(nanoseconds: time)
  }

  /// One for each tag of the subject; null where the row says nothing.
  private static func tags(_ row: JSONValue, _ subject: Subject) throws(RowProblem) -> [SeriesValue]
  {
    var values = [SeriesValue](repeating: .null, count: subject.tags.count)
    for member in row["tags"]?.object?.members ?? [] {
      guard let at = subject.tag(member.name) else {
        throw RowProblem(why: "there is no tag \(member.name.prefix(80).debugDescription)")
      }
      guard let value = SeriesValue(member.value, as: subject.tags[at].type) else {
        throw RowProblem(why: "tag \(member.name) is no \(subject.tags[at].type)")
      }
      values[at] = value
    }
    return values
  }

  private static func families(
    _ tags: [SeriesValue], _ subject: Subject
  ) -> [ModelWire.TagFamilyForWrite] {
    subject.families.map { family in
      ModelWire.TagFamilyForWrite { $0.tags = tags[family.tags].map(\.tagValue) }
    }
  }

  private static func fields(
    _ row: JSONValue, _ subject: Subject
  ) throws(RowProblem) -> [SeriesValue] {
    var values = [SeriesValue](repeating: .null, count: subject.fields.count)
    for member in row["fields"]?.object?.members ?? [] {
      guard let at = subject.field(member.name) else {
        throw RowProblem(why: "there is no field \(member.name.prefix(80).debugDescription)")
      }
      guard let value = SeriesValue(member.value, as: subject.fields[at].type) else {
        throw RowProblem(why: "field \(member.name) is no \(subject.fields[at].type)")
      }
      values[at] = value
    }
    return values
  }
}
