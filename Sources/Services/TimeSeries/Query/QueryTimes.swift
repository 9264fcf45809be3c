import Protobuf
import SeriesSchema
import SeriesWire

enum QueryTimes {
  /// Both ends included; everything when the range is absent and may be.
  static func range(
    _ range: ModelWire.TimeRange?, isMandatory: Bool, notBefore: Int64 = .min
  ) throws(SeriesFault) -> ClosedRange<Int64> {
    guard let range else {
      guard !isMandatory else { throw .rule("time_range", "value is required") }
      return min(notBefore, .max)...Int64.max
    }
    guard let begin = range.begin, let end = range.end else {
      throw .query("time_range needs a begin and an end")
    }
    guard (begin.seconds, begin.nanos) <= (end.seconds, end.nanos) else {
      throw .query("time_range begins after its end")
    }
    let last = end.nanoseconds
    let first = max(begin.nanoseconds, notBefore)
    // A range that ends before the object was made is empty: a moment in which nothing can be.
    return first <= last ? first...last : Int64.min...Int64.min
  }
}

/// The revisions that a query's client knows, held against those of the server.
struct QueryGate {
  /// By group; empty when the client did not ask.
  var statuses = MapField<String, ModelWire.Status>()
  /// Whether there may be data.
  var isOpen = true
  /// Rows before this belong to an object that was there before.
  var createdAt = Int64.min

  static func check(
    _ environment: QueryEnvironment, _ kind: SchemaKind, groups: [String], name: String,
    _ revisions: MapField<String, Int64>
  ) async -> QueryGate {
    var gate = QueryGate()
    guard !revisions.isEmpty else { return gate }
    for group in groups {
      if let subject = environment.registry.subject(kind, group, name) {
        gate.createdAt = max(gate.createdAt, subject.createdAt)
      }
      // Of a group that the client knows nothing of it does not ask.
      guard let revision = revisions[group], revision != 0 else { continue }
      let status = await environment.registry.gate(
        SchemaKey(kind, group, name), revision: revision, patience: environment.patience)
      gate.statuses[group] = status
      if status != .succeed { gate.isOpen = false }
    }
    return gate
  }
}
