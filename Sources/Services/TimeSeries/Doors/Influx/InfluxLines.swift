import Bytes
import SeriesColumns
import SeriesSchema

/// Lines that were not taken.
struct DoorFailures: Sendable {
  struct Failure: Sendable {
    /// From 1.
    var line: Int
    var message: String
    /// The line as it came, cut.
    var text: String
  }

  static let toldMax = 100
  static let textMax = 200
  private(set) var count = 0
  private(set) var told: [Failure] = []

  /// Whether more are only counted: then no message need be made.
  var isFull: Bool { self.told.count >= Self.toldMax }

  mutating func add(line: Int, _ bytes: RawSpan, _ message: String?) {
    self.count += 1
    guard let message, !self.isFull else { return }
    let end = min(bytes.byteCount, Self.textMax)
    self.told.append(
      Failure(line: line, message: message, text: bytes.extracting(0..<end).lossyText))
  }
}

/// The lines of one body, written into a group piece by piece.
struct InfluxLines: ~Copyable {
  private struct Pending {
    var offset: Int
    var line: Int
  }

  private let unit: Int64
  /// Whether good lines are written when others are bad.
  private let isPartial: Bool
  private var at = 0
  private var line = 0
  private var point = DoorPoint()
  /// Lines that wait for the schema.
  private var pending: [Pending] = []
  private(set) var failures = DoorFailures()

  init(unit: Int64, isPartial: Bool) {
    self.unit = unit
    self.isPartial = isPartial
  }

  /// Writes the points of `body`. What throws has stopped the rest from being written.
  mutating func write(
    _ body: borrowing ByteWriter, _ session: inout DoorSession
  ) async throws(SeriesFault) {
    var isMore = true
    while isMore {
      isMore = self.fill(body.bytes, &session)
      if !self.pending.isEmpty {
        try await session.grow()
        self.again(body.bytes, &session)
      }
      guard self.isPartial || self.failures.count == 0 else { return }
      guard !isMore || self.isPartial else { continue }
      do throws(SeriesError) {
        try await session.handOver()
      } catch {
        throw SeriesFault(door: error)
      }
    }
  }

  /// Reads lines until the end, or until there is enough to write; false at the end.
  private mutating func fill(_ bytes: RawSpan, _ session: inout DoorSession) -> Bool {
    while self.at < bytes.byteCount {
      self.line += 1
      let start = self.at
      do throws(DoorRefusal) {
        let isPoint = try LineProtocol.read(
          bytes, &self.at, into: &self.point, unit: self.unit)
        guard isPoint else { continue }
        if try !session.add(self.point, isLast: false) {
          self.pending.append(Pending(offset: start, line: self.line))
        }
      } catch {
        self.fail(error, bytes, from: start, self.line, session.problems)
      }
      if session.isDue { return true }
    }
    return false
  }

  /// Reads the lines again that waited for the schema.
  private mutating func again(_ bytes: RawSpan, _ session: inout DoorSession) {
    let end = self.at
    for pending in self.pending {
      self.at = pending.offset
      do throws(DoorRefusal) {
        _ = try LineProtocol.read(bytes, &self.at, into: &self.point, unit: self.unit)
        _ = try session.add(self.point, isLast: true)
      } catch {
        self.fail(error, bytes, from: pending.offset, pending.line, session.problems)
      }
    }
    self.at = end
    self.pending = []
  }

  private mutating func fail(
    _ refusal: DoorRefusal, _ bytes: RawSpan, from start: Int, _ line: Int,
    _ problems: [String: String]
  ) {
    // The reader may have stopped in the middle of the line, or behind it when the schema said no.
    var end = start
    LineProtocol.skipLine(bytes, &end)
    self.at = max(self.at, end)
    if self.at > end, self.at < bytes.byteCount, bytes[byteAt: self.at - 1] != 10 {
      LineProtocol.skipLine(bytes, &self.at)
    }
    let text = bytes.extracting(start..<max(start, end - 1))
    guard !self.failures.isFull else { return self.failures.add(line: line, text, nil) }
    let problem = refusal == .schema ? problems[self.point.text(self.point.name)] : nil
    let message = problem ?? refusal.message(self.point)
    self.failures.add(line: line, text, message)
  }
}

extension SeriesFault {
  /// A write that the store refused, as a client of a door sees it.
  init(door error: SeriesError) {
    let kind: SeriesFault.Kind =
      switch error.code {
      case .malformed, .tooLarge: .invalidArgument
      case .unknownGroup: .failedPrecondition
      default: .unavailable
      }
    self.init(kind, error.message)
  }
}
