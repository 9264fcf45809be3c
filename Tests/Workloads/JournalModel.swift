import Bytes
import Journal
import Simulation

/// What a journal must hold, kept beside it: the checker of every journal workload.
///
/// A record's bytes follow from its number, so that a record that nobody wrote is recognised.
final class JournalModel: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  /// Records that were acknowledged, seen by a reader or recovered: they must be there for ever.
  private(set) var durable: [JournalPosition: UInt64] = [:]
  /// The order in which each appender handed its records over.
  private var attempted: [UInt64: [UInt64]] = [:]
  /// A trim to this segment was begun, and ended.
  private(set) var trimBegun: UInt64 = 0
  private(set) var trimEnded: UInt64 = 0

  static func appender(_ number: UInt64) -> UInt64 { number >> 24 }

  /// The bytes of record `number`: its number, then a third each of noise, of zeros and of both.
  static func bytes(_ number: UInt64, byteCount: Int) -> [UInt8] {
    precondition(byteCount >= 8)
    let noise = number % 3 == 0 ? 0 : number % 3 == 1 ? byteCount : byteCount / 2
    var generator = SeededGenerator(seed: number)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
      let bytes = UnsafeMutableRawBufferPointer(target)
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.storeBytes(of: number.littleEndian, as: UInt64.self)
      var offset = 8
      while offset + 8 <= noise {
        bytes.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self)
        offset += 8
      }
      filled = byteCount
    }
  }

  static func number(_ bytes: [UInt8]) throws -> UInt64 {
    guard bytes.count >= 8 else { throw CheckFailure("a record of \(bytes.count) bytes appeared") }
    var number: UInt64 = 0
    for index in 0..<8 { number |= UInt64(bytes[index]) << (8 * UInt64(index)) }
    // As spans: arrays are compared byte by byte in debug builds.
    guard bytes.rawBytes.isEqual(to: self.bytes(number, byteCount: bytes.count).rawBytes) else {
      throw CheckFailure("record \(number) has bytes that nobody wrote")
    }
    return number
  }

  func attempt(_ number: UInt64) {
    self.attempted[Self.appender(number), default: []].append(number)
  }

  func acknowledge(_ number: UInt64, at position: JournalPosition) throws {
    if let other = self.durable.updateValue(number, forKey: position), other != number {
      throw CheckFailure("records \(other) and \(number) were both acknowledged at \(position)")
    }
  }

  func beginTrim(_ segment: UInt64) { self.trimBegun = max(self.trimBegun, segment) }
  func endTrim(_ segment: UInt64) { self.trimEnded = max(self.trimEnded, segment) }

  /// Records acknowledged at or after `position`, in order.
  func expected(from position: JournalPosition) -> [UInt64] {
    self.durable.filter { $0.key >= position }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Nothing acknowledged is lost, nothing is invented, nothing is out of order. What was recovered is
  /// durable from now on.
  func check(recovered records: [JournalRecord]) throws {
    var found: [JournalPosition: UInt64] = [:]
    var last = JournalPosition.start
    var progress: [UInt64: Int] = [:]
    for record in records {
      let number = try Self.number(record.bytes)
      guard record.position > last else {
        throw CheckFailure("record \(number) at \(record.position) comes after \(last)")
      }
      last = record.position
      guard record.position.segment >= self.trimEnded else {
        throw CheckFailure("record \(number) at \(record.position) was trimmed and is back")
      }
      let appender = Self.appender(number)
      guard let index = self.attempted[appender]?.firstIndex(of: number) else {
        throw CheckFailure("record \(number) at \(record.position) was never appended")
      }
      if let before = progress[appender], index <= before {
        throw CheckFailure("record \(number) at \(record.position) is there twice or too late")
      }
      progress[appender] = index
      found[record.position] = number
    }
    for (position, number) in self.durable.sorted(by: { $0.key < $1.key })
    where position.segment >= self.trimBegun {
      guard found[position] == number else {
        throw CheckFailure(
          "record \(number) at \(position) was acknowledged and is "
            + (found[position].map { "now \($0)" } ?? "lost"))
      }
    }
    self.durable = found
  }

  /// Every appender's records that were recovered have no gap: `skipped` names those that were refused.
  func checkPrefixes(recovered records: [JournalRecord], refused: Set<UInt64>) throws {
    guard self.trimBegun == 0 else { return }
    let present = Set(try records.map { try Self.number($0.bytes) })
    for (_, numbers) in self.attempted {
      let expected = numbers.filter { !refused.contains($0) }
      guard let end = expected.lastIndex(where: { present.contains($0) }) else { continue }
      for number in expected[...end] where !present.contains(number) {
        throw CheckFailure(
          "record \(number) is missing though a later one of its appender is there")
      }
    }
  }
}
