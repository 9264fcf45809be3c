import Bytes
import KeyValue
private import Values

// The bytes of embedded facts, in three families of one store. Integers of keys are big-endian, so that
// they sort; those of values are little-endian. "text" is a varint length and that many bytes.
//
// `facts`        key: the name of the fact
//                value: created at (8), modified at (8), lease (8, 0 for none), content
//
// `facts-log`    key: revision (8)
//                value: number of changes (varint), then for each
//                  0x01, name (text), created at (8), lease (8), content (text)    a put
//                  0x00, name (text)                                               a delete
//
// `facts-state`  0x00                        format (1 byte, 1), revision (8), first revision of the log
//                                            (8), bytes of the log (8), last lease (8)
//                0x01, lease (8)             duration in nanoseconds (8)
//                0x02, lease (8), name       nothing: the fact goes with the lease

/// The one record that every commit changes.
struct FactsState: Hashable, Sendable {
  static let format: UInt8 = 1
  static let key: [UInt8] = [0x00]

  var revision: Int64 = 0
  /// The log holds every revision from here to `revision`.
  var logFirst: Int64 = 1
  var logBytes: Int64 = 0
  var lastLease: Int64 = 0

  init() {}

  init(decoding bytes: RawSpan) throws(FactsError) {
    var reader = ByteReader(bytes)
    guard let format = reader.byte() else { throw .damaged("the state of the facts is empty") }
    guard format == Self.format else {
      throw .damaged("the facts have format \(format), this program reads \(Self.format)")
    }
    guard let revision = reader.littleEndian(Int64.self),
      let logFirst = reader.littleEndian(Int64.self),
      let logBytes = reader.littleEndian(Int64.self),
      let lastLease = reader.littleEndian(Int64.self), reader.isAtEnd, revision >= 0, logFirst > 0
    else { throw .damaged("the state of the facts has \(bytes.byteCount) bytes") }
    self.revision = revision
    self.logFirst = logFirst
    self.logBytes = logBytes
    self.lastLease = lastLease
  }

  var bytes: [UInt8] {
    var target = ByteWriter(capacity: 40)
    target.append(Self.format)
    for number in [self.revision, self.logFirst, self.logBytes, self.lastLease] {
      target.append(littleEndian: number)
    }
    return target.bytes.array
  }
}

enum FactRecords {
  static func key(of lease: Int64) -> [UInt8] { [0x01] + self.bigEndian(lease) }
  static func attachments(of lease: Int64) -> [UInt8] { [0x02] + self.bigEndian(lease) }
  static func attachment(of key: FactKey, to lease: Int64) -> [UInt8] {
    self.attachments(of: lease) + Array(key.text.utf8)
  }

  static func bigEndian(_ number: Int64) -> [UInt8] {
    var target = ByteWriter(capacity: 8)
    target.append(bigEndian: number)
    return target.bytes.array
  }

  /// The number behind the tag of a key of the state, or the whole key of the log.
  static func number(inKey bytes: RawSpan, behind offset: Int = 0) throws(FactsError) -> Int64 {
    var reader = ByteReader(bytes)
    guard reader.skip(offset), let number = reader.bigEndian(Int64.self) else {
      throw .damaged("a key of \(bytes.byteCount) bytes among the facts")
    }
    return number
  }

  static func name(_ bytes: RawSpan) throws(FactsError) -> FactKey {
    guard let text = bytes.text, !text.isEmpty, bytes.byteCount <= FactKey.byteCountMax,
      bytes.firstOffset(of: 0) == nil
    else { throw .damaged("the name of a fact is \(bytes.lossyText.debugDescription)") }
    return FactKey(text)
  }

  static func bytes(of fact: Fact) -> [UInt8] {
    var target = ByteWriter(capacity: fact.value.count + 24)
    target.append(littleEndian: fact.createdAt.number)
    target.append(littleEndian: fact.modifiedAt.number)
    target.append(littleEndian: fact.lease?.number ?? 0)
    target.append(fact.value)
    return target.bytes.array
  }

  static func fact(_ key: FactKey, decoding bytes: RawSpan) throws(FactsError) -> Fact {
    var reader = ByteReader(bytes)
    guard let createdAt = reader.littleEndian(Int64.self),
      let modifiedAt = reader.littleEndian(Int64.self), let lease = reader.littleEndian(Int64.self)
    else { throw .damaged("the fact \(key) has \(bytes.byteCount) bytes") }
    return Fact(
      key: key, value: reader.rest.array, createdAt: FactRevision(createdAt),
      modifiedAt: FactRevision(modifiedAt), lease: lease == 0 ? nil : FactLeaseID(lease))
  }

  static func bytes(of duration: Duration) -> [UInt8] {
    var target = ByteWriter(capacity: 8)
    target.append(littleEndian: duration.nanosecondsClamped)
    return target.bytes.array
  }

  static func duration(_ bytes: RawSpan) throws(FactsError) -> Duration {
    var reader = ByteReader(bytes)
    guard let nanoseconds = reader.littleEndian(Int64.self), nanoseconds > 0 else {
      throw .damaged("a lease among the facts has \(bytes.byteCount) bytes")
    }
    return .nanoseconds(nanoseconds)
  }

  // MARK: The log

  static func bytes(of changes: [FactChanges.Change]) -> [UInt8] {
    var target = ByteWriter(capacity: 256)
    target.append(varint: UInt64(changes.count))
    for change in changes {
      switch change {
      case .put(let fact):
        target.append(0x01)
        target.append(varint: UInt64(fact.key.text.utf8.count))
        target.append(fact.key.text)
        target.append(littleEndian: fact.createdAt.number)
        target.append(littleEndian: fact.lease?.number ?? 0)
        target.append(varint: UInt64(fact.value.count))
        target.append(fact.value)
      case .delete(let key, at: _):
        target.append(0x00)
        target.append(varint: UInt64(key.text.utf8.count))
        target.append(key.text)
      }
    }
    return target.bytes.array
  }

  static func changes(_ revision: FactRevision, decoding bytes: RawSpan) throws(FactsError)
    -> FactChanges
  {
    var reader = ByteReader(bytes)
    var told = FactChanges([], revision: revision)
    var left = reader.varint() ?? 0
    while left > 0 {
      guard let change = try self.change(revision, &reader) else {
        throw .damaged("revision \(revision) of the facts ends early")
      }
      told.changes.append(change)
      left -= 1
    }
    guard reader.isAtEnd, !told.changes.isEmpty else {
      throw .damaged("revision \(revision) of the facts has \(bytes.byteCount) bytes")
    }
    return told
  }

  private static func change(
    _ revision: FactRevision, _ reader: inout ByteReader
  ) throws(FactsError) -> FactChanges.Change? {
    guard let tag = reader.byte(), let length = reader.varint(),
      let name = reader.take(Int(clamping: length))
    else { return nil }
    let key = try self.name(name)
    if tag == 0x00 { return .delete(key, at: revision) }
    guard tag == 0x01, let createdAt = reader.littleEndian(Int64.self),
      let lease = reader.littleEndian(Int64.self), let count = reader.varint(),
      let value = reader.take(Int(clamping: count))
    else { return nil }
    return .put(
      Fact(
        key: key, value: value.array, createdAt: FactRevision(createdAt), modifiedAt: revision,
        lease: lease == 0 ? nil : FactLeaseID(lease)))
  }
}

extension FactsError {
  static func damaged(_ message: String) -> FactsError { FactsError(.damaged, message) }

  /// What a failure of the store is for the callers of facts.
  init(_ error: StoreError, whileChanging isChange: Bool) {
    let code: Code =
      switch error.code {
      case .overloaded: .overloaded
      case .fullDisk: .fullDisk
      case .closed: .closed
      case .corruption: .damaged
      case .busy, .stalled, .locked, .notFound, .invalid, .unsupported: .unavailable
      default: isChange ? .unknownOutcome : .unavailable
      }
    self.init(code, error.description)
  }
}
