internal import Bytes
internal import ObjectModel

/// Mutations that may be sent more than once.
extension KeyedNamespace {
  /// One deciding commit on a root that is open. With a token in the call the answer is kept, and a
  /// repetition within a minute is answered with it, whatever happened in between.
  func mutate<R: RememberedReply>(
    _ call: NamespaceCall, _ body: @escaping @Sendable (inout Tree.Transaction) throws -> R
  ) async throws(NamespaceError) -> R {
    let keeps = self.options.tokenMilliseconds
    return try await self.commit(call) { transaction in
      try Self.checkRoot(call, &transaction)
      guard let token = call.token else { return try body(&transaction) }
      let key = KeyLayout.token(call.root, token)
      if let bytes = try transaction.get(key), let reply = R(remembered: bytes.rawBytes) {
        return reply
      }
      let reply = try body(&transaction)
      var bytes = ByteWriter(capacity: 64)
      reply.remember(to: &bytes)
      try transaction.put(key, bytes.bytes.array, weight: 0)
      try Self.forget(key, after: keeps, &transaction)
      return reply
    }
  }

  /// Has `key` removed in `milliseconds`, and removes a few whose time has come.
  static func forget(
    _ key: [UInt8], after milliseconds: UInt64, _ transaction: inout Tree.Transaction
  ) throws {
    let now = transaction.milliseconds
    let due = try transaction.scan(TreeScan(prefix: KeyLayout.key(KeyLayout.global, "e"), limit: 4))
    try due.forEach { _, entry, value, _ throws(any Error) in
      var reader = ByteReader(entry.extracting(KeyLayout.headBytes..<entry.byteCount))
      guard let time = reader.bigEndian(UInt64.self), time <= now else { return }
      try transaction.remove(value.array)
      try transaction.remove(entry.array)
    }
    var entry = KeyLayout.key(KeyLayout.global, "e")
    KeyLayout.append(now + milliseconds, to: &entry)
    KeyLayout.append(transaction.nextNumber(), to: &entry)
    try transaction.put(entry, key, weight: 0)
  }
}

extension KeyLayout {
  static func token(_ root: RootID, _ token: RequestToken) -> [UInt8] {
    var key = self.key(self.global, "t")
    self.append(root.rawValue, to: &key)
    self.append(token.high, to: &key)
    self.append(token.low, to: &key)
    return key
  }
}

/// An answer that can be kept under a token.
protocol RememberedReply: Sendable {
  func remember(to target: inout ByteWriter)
  init?(remembered bytes: RawSpan)
}

struct NoReply: RememberedReply {
  init() {}
  init?(remembered bytes: RawSpan) {}
  func remember(to target: inout ByteWriter) { target.append(UInt8(0)) }
}

extension PutReply: RememberedReply {
  func remember(to target: inout ByteWriter) { self.stamp.remember(to: &target) }
  init?(remembered bytes: RawSpan) {
    guard let stamp = RecordStamp(remembered: bytes) else { return nil }
    self.init(stamp)
  }
}

extension RecordStamp: RememberedReply {
  static let byteCount = 37
  func remember(to target: inout ByteWriter) {
    target.append(littleEndian: self.milliseconds)
    target.append(littleEndian: self.sequence)
    self.version.append(to: &target)
    target.append(UInt8(self.isNullVersion ? 1 : 0))
  }
  init?(remembered bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard let milliseconds = reader.littleEndian(UInt64.self),
      let sequence = reader.littleEndian(UInt64.self),
      let raw = reader.take(VersionID.byteCount), let version = VersionID(raw),
      let isNull = reader.byte()
    else { return nil }
    self.init(
      milliseconds: milliseconds, sequence: sequence, version: version,
      isNullVersion: isNull == 1)
  }
}

extension PartReply: RememberedReply {
  func remember(to target: inout ByteWriter) {
    target.append(littleEndian: self.milliseconds)
    target.append(littleEndian: self.sequence)
  }
  init?(remembered bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard let milliseconds = reader.littleEndian(UInt64.self),
      let sequence = reader.littleEndian(UInt64.self)
    else { return nil }
    self.init(milliseconds: milliseconds, sequence: sequence)
  }
}

extension RenameReply: RememberedReply {
  func remember(to target: inout ByteWriter) { target.append(littleEndian: self.objects) }
  init?(remembered bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard let objects = reader.littleEndian(UInt64.self) else { return nil }
    self.init(objects: objects)
  }
}

// A list of deletions: for each a byte of flags (1 removed, 2 was a marker, 4 made a marker, 8 failed),
// then the stamps, or the code u32 and the message.
extension [Result<DeleteReply, NamespaceError>]: RememberedReply {
  func remember(to target: inout ByteWriter) {
    for result in self {
      switch result {
      case .success(let reply):
        let flags: UInt8 =
          (reply.removed == nil ? 0 : 1) | (reply.removedWasMarker ? 2 : 0)
          | (reply.marker == nil ? 0 : 4)
        target.append(flags)
        reply.removed?.remember(to: &target)
        reply.marker?.remember(to: &target)
      case .failure(let error):
        target.append(UInt8(8))
        target.append(littleEndian: error.code.rawValue)
        let message = [UInt8](error.message.utf8)
        target.append(varint: UInt64(message.count))
        target.append(message)
      }
    }
  }

  init?(remembered bytes: RawSpan) {
    self = []
    var reader = ByteReader(bytes)
    while let flags = reader.byte() {
      if flags == 8 {
        guard let code = reader.littleEndian(UInt32.self),
          let count = reader.varint().flatMap({ Int(exactly: $0) }),
          let text = reader.take(count)
        else { return nil }
        self.append(.failure(NamespaceError(.init(rawValue: code), text.lossyText)))
        continue
      }
      var reply = DeleteReply(removedWasMarker: flags & 2 != 0)
      if flags & 1 != 0 {
        guard let raw = reader.take(RecordStamp.byteCount) else { return nil }
        reply.removed = RecordStamp(remembered: raw)
      }
      if flags & 4 != 0 {
        guard let raw = reader.take(RecordStamp.byteCount) else { return nil }
        reply.marker = RecordStamp(remembered: raw)
      }
      self.append(.success(reply))
    }
  }
}
