import Protobuf
import SeriesSchema
import SeriesWire
import Values

/// Times as queries write them: RFC 3339, `now`, or how far from now.
struct TimeText {
  /// Unix nanoseconds.
  let now: Int64

  func range(_ times: Statement.Times?) throws(BydbQLError) -> ModelWire.TimeRange? {
    guard let times else { return nil }
    switch times {
    case .between(let begin, let end):
      return Self.range(try self.nanoseconds(begin), try self.nanoseconds(end))
    case .compare(let symbol, let value):
      let time = try self.nanoseconds(value)
      switch symbol {
      case .greater, .atLeast: return Self.range(time, Self.cut(self.now))
      case .less, .atMost: return Self.range(0, time)
      default: return Self.range(time, time)
      }
    }
  }

  private static func range(_ begin: Int64, _ end: Int64) -> ModelWire.TimeRange {
    ModelWire.TimeRange {
      $0.begin = ProtoTimestamp(nanoseconds: begin)
      $0.end = ProtoTimestamp(nanoseconds: end)
    }
  }

  /// To the millisecond that it lies in, before 1970 too; as it is where there is none before it.
  private static func cut(_ time: Int64) -> Int64 {
    let rest = time % 1_000_000
    guard rest < 0 else { return time - rest }
    let (begin, overflow) = (time - rest).subtractingReportingOverflow(1_000_000)
    return overflow ? time : begin
  }

  private func nanoseconds(_ value: Statement.Scalar) throws(BydbQLError) -> Int64 {
    guard case .string(let text) = value else {
      throw .transform("a time is a text in quotes: RFC 3339, now or a duration")
    }
    if text.lowercased() == "now" { return Self.cut(self.now) }
    if let distance = SeriesDuration.nanoseconds(text) {
      let (time, overflow) = self.now.addingReportingOverflow(distance)
      guard !overflow else { throw .transform("\(text) from now is out of range") }
      return Self.cut(time)
    }
    guard let stamp = try? Timestamp(parsing: text), let time = try? WallTime(stamp) else {
      throw .transform("\(text.debugDescription) is no time: RFC 3339, now or a duration is needed")
    }
    return Self.cut(time.nanoseconds)
  }
}
