internal import Bytes
internal import ObjectModel

/// All versions of one key, inside a deciding commit: the current object in tree 'o', everything else in
/// 'v', newest first.
struct Versions {
  let root: RootID
  let key: ObjectKey

  init(_ root: RootID, _ key: ObjectKey) {
    self.root = root
    self.key = key
  }

  struct Found {
    var record: [UInt8]
    var isLatest: Bool
    /// In 'o', not in 'v'.
    var isCurrent: Bool
  }

  static func stamp(_ record: [UInt8]) -> RecordStamp {
    guard let view = RecordView(record.rawBytes) else {
      preconditionFailure("a record that was committed is none")
    }
    return RecordStamp(
      milliseconds: view.commitMilliseconds, sequence: view.commitSequence,
      version: view.version, isNullVersion: view.flags.contains(.nullVersion))
  }

  static func matches(_ record: [UInt8], _ selector: VersionSelector) -> Bool {
    let stamp = self.stamp(record)
    return switch selector {
    case .current: true
    case .null: stamp.isNullVersion
    case .id(let id): stamp.version == id && !stamp.isNullVersion
    }
  }

  func current(_ transaction: inout some TreeTransaction) throws -> [UInt8]? {
    try transaction.get(KeyLayout.object(self.root, self.key))
  }

  private func newestOlder(_ transaction: inout some TreeTransaction) throws -> [UInt8]? {
    let prefix = KeyLayout.versions(self.root, self.key)
    return try transaction.scan(TreeScan(prefix: prefix, limit: 1)).first?.value
  }

  func find(
    _ selector: VersionSelector, _ transaction: inout some TreeTransaction
  ) throws -> Found? {
    let current = try self.current(&transaction)
    if let current, Self.matches(current, selector) {
      return Found(record: current, isLatest: true, isCurrent: true)
    }
    let newest = try self.newestOlder(&transaction)
    let record: [UInt8]?
    switch selector {
    case .current: record = newest
    case .null: record = try self.olderNull(&transaction)
    case .id(let id):
      let found = try transaction.get(KeyLayout.version(self.root, self.key, id))
      record = found.flatMap { Self.stamp($0).isNullVersion ? nil : $0 }
    }
    guard let record else { return nil }
    return Found(record: record, isLatest: current == nil && record == newest, isCurrent: false)
  }

  private func olderNull(_ transaction: inout some TreeTransaction) throws -> [UInt8]? {
    let pointer = try transaction.get(KeyLayout.nullVersion(self.root, self.key))
    guard let pointer, let version = VersionID(pointer.rawBytes) else { return nil }
    return try transaction.get(KeyLayout.version(self.root, self.key, version))
  }

  /// Puts a record under the current ones.
  func putOlder(_ record: [UInt8], _ transaction: inout some TreeTransaction) throws {
    let stamp = Self.stamp(record)
    try transaction.put(
      KeyLayout.version(self.root, self.key, stamp.version), record, weight: self.weight(record))
    guard stamp.isNullVersion else { return }
    var version = ByteWriter(capacity: VersionID.byteCount)
    stamp.version.append(to: &version)
    try transaction.put(
      KeyLayout.nullVersion(self.root, self.key), version.bytes.array, weight: 0)
  }

  func putCurrent(_ record: [UInt8], _ transaction: inout some TreeTransaction) throws {
    try transaction.put(
      KeyLayout.object(self.root, self.key), record, weight: self.weight(record))
  }

  func remove(_ found: Found, _ transaction: inout some TreeTransaction) throws {
    if found.isCurrent {
      try transaction.remove(KeyLayout.object(self.root, self.key))
      return
    }
    let stamp = Self.stamp(found.record)
    try transaction.remove(KeyLayout.version(self.root, self.key, stamp.version))
    if stamp.isNullVersion { try transaction.remove(KeyLayout.nullVersion(self.root, self.key)) }
  }

  /// After the latest was removed: the next newest becomes current, unless it is a delete marker.
  func promote(_ transaction: inout some TreeTransaction) throws {
    guard try self.current(&transaction) == nil,
      let newest = try self.newestOlder(&transaction),
      RecordView(newest.rawBytes)?.kind == .object
    else { return }
    try self.remove(Found(record: newest, isLatest: true, isCurrent: false), &transaction)
    try self.putCurrent(newest, &transaction)
  }

  /// Puts a record on top. One that is called null goes when the new one is called so.
  func insert(
    _ record: [UInt8], keepsVersions: Bool, garbageDelay: UInt64,
    _ transaction: inout some TreeTransaction
  ) throws {
    let stamp = Self.stamp(record)
    let isObject = RecordView(record.rawBytes)?.kind == .object
    let current = try self.current(&transaction)
    if let current {
      if stamp.isNullVersion, Self.stamp(current).isNullVersion {
        try Garbage.discard(record: current, garbageDelay, &transaction)
        if !isObject { try transaction.remove(KeyLayout.object(self.root, self.key)) }
      } else {
        try self.putOlder(current, &transaction)
        if !isObject { try transaction.remove(KeyLayout.object(self.root, self.key)) }
      }
    }
    if keepsVersions, stamp.isNullVersion, let old = try self.olderNull(&transaction) {
      // Of a bucket that kept versions once: it may lie under others.
      if Self.stamp(old).version != current.map({ Self.stamp($0).version }) {
        try self.remove(Found(record: old, isLatest: false, isCurrent: false), &transaction)
        try Garbage.discard(record: old, garbageDelay, &transaction)
      }
    }
    if isObject {
      try self.putCurrent(record, &transaction)
    } else {
      try self.putOlder(record, &transaction)
    }
  }

  private func weight(_ record: [UInt8]) -> UInt64 {
    guard let view = RecordView(record.rawBytes), view.kind == .object else { return 0 }
    return UInt64(max(0, view.size))
  }
}
