private import Bytes
package import ObjectModel
package import Runtime
private import Synchronization
private import Values

/// The namespace of the object store over a tree of keys: conditions, versions, uploads, renames and the
/// garbage queue, the same over our own engine and over RocksDB.
///
/// Every mutation is one deciding commit: what it looks at and what it changes is one moment, over all
/// trees of the bucket and the garbage queue.
package final class KeyedNamespace<Tree: KeyTree>: Namespace, Sendable {
  package let tree: Tree
  let random: any RandomSource
  let options: KeyedNamespaceOptions
  let moveLog = MoveLog()
  /// The term in which this process owns the namespace; 0: nobody has said.
  private let term = Atomic<UInt64>(0)

  package init(
    _ tree: Tree, random: any RandomSource = SystemRandom.shared,
    options: KeyedNamespaceOptions = KeyedNamespaceOptions()
  ) {
    self.tree = tree
    self.random = random
    self.options = options
  }

  // MARK: Who owns it, and until when a call makes sense

  /// From now on calls of another term are refused, those that wait to be decided too.
  ///
  /// - Precondition: terms ascend.
  package func own(inTerm epoch: UInt64) {
    let before = self.term.exchange(epoch, ordering: .sequentiallyConsistent)
    precondition(before <= epoch, "term \(epoch) after \(before)")
  }

  package var epoch: UInt64 { self.term.load(ordering: .acquiring) }

  /// Throws `staleEpoch` to who believes in another term, and `deadlineExceeded` to who has given up.
  /// Asked when a call comes, and again before it is decided: nothing has changed then.
  func admit(_ call: NamespaceCall) throws(NamespaceError) {
    let present = self.epoch
    guard call.epoch == 0 || present == 0 || call.epoch == present else {
      throw NamespaceError(
        .staleEpoch, "the caller asks the owner of term \(call.epoch), this is term \(present)",
        epoch: present)
    }
    guard call.deadline > self.tree.clock.now else {
      throw NamespaceError(.deadlineExceeded, "the call's time was over before it was decided")
    }
  }

  /// A deciding commit on behalf of a call.
  func commit<R: Sendable>(
    _ call: NamespaceCall, _ decide: @escaping @Sendable (inout Tree.Transaction) throws -> R
  ) async throws(NamespaceError) -> R {
    try self.admit(call)
    return try await self.tree.commit { transaction in
      try self.admit(call)
      return try decide(&transaction)
    }
  }

  // MARK: Roots

  package func createRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    guard call.root != KeyLayout.global else {
      throw NamespaceError(.badRequest, "root 0 is the namespace's own")
    }
    try await self.commit(call) { transaction in
      let key = KeyLayout.number("r", call.root.rawValue)
      if try transaction.get(key) == nil { try transaction.put(key, [0], weight: 0) }
    }
  }

  package func closeRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try await self.commit(call) { transaction in
      try Self.checkRoot(call, &transaction, mutates: false)
      for letter in ["o", "v"] as [Character] {
        let sums = try transaction.sums(under: KeyLayout.key(call.root, letter))
        guard sums.objects == 0 else {
          throw NamespaceError(.notEmpty, "\(call.root) holds \(sums.objects) names")
        }
      }
      try transaction.put(KeyLayout.number("r", call.root.rawValue), [1], weight: 0)
    }
  }

  package func reopenRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try await self.commit(call) { transaction in
      try Self.checkRoot(call, &transaction, mutates: false)
      try transaction.put(KeyLayout.number("r", call.root.rawValue), [0], weight: 0)
    }
  }

  /// In steps of a thousand keys, so that nobody waits for long; repeated, it goes on where it was.
  package func dropRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    let delay = self.options.garbageDelayMilliseconds
    var isDone = false
    while !isDone {
      isDone = try await self.commit(call) { transaction in
        let state = try transaction.get(KeyLayout.number("r", call.root.rawValue))
        guard let state else { return true }
        guard state == [1] else {
          throw NamespaceError(.badRequest, "\(call.root) must be closed first")
        }
        let page = try transaction.scan(
          TreeScan(prefix: KeyLayout.head(call.root), limit: 1000))
        try page.forEach { _, key, value, _ throws(any Error) in
          if key[byteAt: 8] == UInt8(ascii: "p") {
            try Garbage.discard(part: value, delay, &transaction)
          }
          try transaction.remove(key.array)
        }
        guard !page.isTruncated else { return false }
        try transaction.remove(KeyLayout.number("r", call.root.rawValue))
        return true
      }
    }
  }

  /// Throws `noSuchRoot`, and `closed` to who wants to change something.
  static func checkRoot(
    _ call: NamespaceCall, _ transaction: inout Tree.Transaction, mutates: Bool = true
  ) throws {
    guard let state = try transaction.get(KeyLayout.number("r", call.root.rawValue)) else {
      throw NamespaceError(.noSuchRoot, "there is no \(call.root)")
    }
    if mutates, state != [0] { throw NamespaceError(.closed, "\(call.root) is closed") }
  }

  func checkRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.admit(call)
    guard try await self.tree.get(KeyLayout.number("r", call.root.rawValue)) != nil else {
      throw NamespaceError(.noSuchRoot, "there is no \(call.root)")
    }
  }

  // MARK: Reading

  package func get(
    _ call: NamespaceCall, _ key: ObjectKey, version: VersionSelector
  ) async throws(NamespaceError) -> VersionedRecord? {
    try self.admit(call)
    guard key.byteCount <= ObjectKey.byteCountMax else { return nil }
    while true {
      if let current = try await self.tree.get(KeyLayout.object(call.root, key)) {
        if Versions.matches(current, version) {
          return VersionedRecord(bytes: current, isLatest: true)
        }
        if version != .current { return try await self.older(call, key, version) }
      }
      if version != .current { return try await self.older(call, key, version) }
      // Without a current object the newest version is a delete marker, or there is none.
      let page = try await self.tree.scan(
        TreeScan(prefix: KeyLayout.versions(call.root, key), limit: 1))
      guard let newest = page.first else {
        try await self.checkRoot(call)
        return nil
      }
      if RecordView(newest.value.rawBytes)?.kind == .deleteMarker {
        return VersionedRecord(bytes: newest.value, isLatest: true)
      }
      // It became current in between: look again.
    }
  }

  /// A version that is named, at one moment.
  private func older(
    _ call: NamespaceCall, _ key: ObjectKey, _ version: VersionSelector
  ) async throws(NamespaceError) -> VersionedRecord? {
    try await self.commit(call) { transaction in
      try Self.checkRoot(call, &transaction, mutates: false)
      let versions = Versions(call.root, key)
      guard let found = try versions.find(version, &transaction) else { return nil }
      return VersionedRecord(bytes: found.record, isLatest: found.isLatest)
    }
  }
}

package struct KeyedNamespaceOptions: Sendable {
  /// How long blobs stay after nothing names them any more.
  package var garbageDelayMilliseconds: UInt64 = 300_000
  /// How long a request's token is remembered, and a client's.
  package var tokenMilliseconds: UInt64 = 60_000
  package var clientTokenMilliseconds: UInt64 = 86_400_000
  /// What the orphan scan takes to be forgotten is older than this; a commit may not name a blob of more
  /// than half of it. 0: no limit.
  package var orphanMilliseconds: UInt64 = 86_400_000
  /// Part of the versions that this namespace gives: 24 bits.
  package var node: UInt32 = 1

  package init() {}
  package init(_ change: (inout KeyedNamespaceOptions) -> Void) { change(&self) }
}

extension KeyLayout {
  static func head(_ root: RootID) -> [UInt8] {
    var key: [UInt8] = []
    self.append(root.rawValue, to: &key)
    return key
  }
}

/// The queue of blobs to delete.
enum Garbage {
  static func discard(
    record: [UInt8], _ delay: UInt64, _ transaction: inout some TreeTransaction
  ) throws {
    var blobs: [BlobReference] = []
    RecordView(record.rawBytes)?.forEachBlob { blobs.append($0) }
    for blob in blobs { try self.discard(blob, delay, &transaction) }
  }

  static func discard(
    part: RawSpan, _ delay: UInt64, _ transaction: inout some TreeTransaction
  ) throws {
    guard let blob = ObjectPart(decoding: part)?.blob else { return }
    try self.discard(blob, delay, &transaction)
  }

  private static func discard(
    _ blob: BlobReference, _ delay: UInt64, _ transaction: inout some TreeTransaction
  ) throws {
    let number = transaction.nextNumber()
    var entry = ByteWriter(capacity: 40)
    entry.append(littleEndian: transaction.milliseconds + delay)
    entry.append(littleEndian: blob.volume.rawValue)
    entry.append(blob.blockSizeLog2)
    entry.append(UInt8(blob.isPartTable ? 1 : 0))
    entry.append(littleEndian: blob.byteCount)
    entry.append(bigEndian: blob.id.bits)
    try transaction.put(
      KeyLayout.number("g", number), entry.bytes.array,
      weight: UInt64(max(0, blob.byteCount)))
  }

  static func entry(_ key: RawSpan, _ value: RawSpan) -> GarbageEntry? {
    var head = ByteReader(key)
    var reader = ByteReader(value)
    guard head.skip(KeyLayout.headBytes), let number = head.bigEndian(UInt64.self),
      let due = reader.littleEndian(UInt64.self), let volume = reader.littleEndian(UInt16.self),
      let log2 = reader.byte(), log2 <= 24, let table = reader.byte(),
      let count = reader.littleEndian(Int64.self), count >= 0,
      let id = reader.bigEndian(UInt128.self)
    else { return nil }
    return GarbageEntry(
      number: number, dueMilliseconds: due,
      blob: BlobReference(
        volume: VolumeID(rawValue: volume), id: UUID(bits: id), byteCount: count,
        blockSizeLog2: log2, isPartTable: table == 1))
  }
}
