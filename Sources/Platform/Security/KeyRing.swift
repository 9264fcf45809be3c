private import Bytes
private import Crypto
public import Runtime
private import Synchronization
private import Values

/// The data keys of a process: one for each purpose, in versions, sealed under the master key in one
/// file.
///
/// Reading takes a short lock and never waits. Changes are made one at a time: the new ring is written
/// and durable before anybody sees a key of it, so a crash leaves the old ring or the new one, and no
/// data is ever sealed under a key that is lost.
public final class KeyRing: Sendable {
  public static let keyMax = 100_000
  public static let purposeByteCountMax = 128

  struct Contents {
    var file: KeyRingFile
    /// Of each purpose, oldest version first; never empty.
    var byPurpose: [String: [DataKey]]
    var byID: [UInt64: String]
  }

  private struct State: Sendable {
    var contents: Contents
  }

  public let path: String
  private let disk: any Disk
  private let random: any RandomSource
  private let clock: any TimeSource
  private let gate = ChangeGate()
  private let state: Mutex<State>
  private let master: Mutex<MasterBox>

  private final class MasterBox: Sendable {
    let key: MasterKey
    init(_ key: consuming MasterKey) { self.key = key }
  }

  private init(
    path: String, disk: any Disk, random: any RandomSource, clock: any TimeSource,
    master: consuming MasterKey, contents: Contents
  ) {
    self.path = path
    self.disk = disk
    self.random = random
    self.clock = clock
    self.state = Mutex(State(contents: contents))
    self.master = Mutex(MasterBox(master))
  }

  // MARK: Opening

  /// Opens the ring at `path`, or makes an empty one when there is no such file.
  ///
  /// - Parameter former: the master key before a rotation; either opens the ring.
  public static func open(
    _ path: String, on disk: any Disk, master: borrowing MasterKey,
    former: consuming MasterKey? = nil, random: any RandomSource, clock: any TimeSource
  ) async throws(SecurityError) -> KeyRing {
    let text: [UInt8]?
    do {
      text = try await disk.readAll(path, limit: KeyRingFile.byteCountMax)
    } catch {
      guard error.isNotFound else {
        throw SecurityError(
          .diskFailed, "cannot read the key ring \(path): \(error)", cause: error)
      }
      text = nil
    }
    guard let text else {
      let contents = Contents(
        file: KeyRingFile(masterKey: master.id, nextID: 1, entries: []), byPurpose: [:], byID: [:])
      let ring = KeyRing(
        path: path, disk: disk, random: random, clock: clock, master: master.copy(),
        contents: contents)
      try await ring.store(contents.file)
      return ring
    }
    let file = try KeyRingFile(parsing: text, path: path)
    let fitting: MasterKey
    if file.masterKey == master.id {
      fitting = master.copy()
    } else if let former, former.id == file.masterKey {
      fitting = former
    } else {
      throw SecurityError(
        .masterKeyWrong, "the key ring \(path) is sealed under another master key",
        hint: "start with the key it was made with; nothing was changed")
    }
    return KeyRing(
      path: path, disk: disk, random: random, clock: clock, master: fitting.copy(),
      contents: try self.contents(of: file, master: fitting, path: path))
  }

  private static func contents(
    of file: KeyRingFile, master: borrowing MasterKey, path: String
  ) throws(SecurityError) -> Contents {
    var contents = Contents(file: file, byPurpose: [:], byID: [:])
    var envelope = master.envelope()
    for entry in file.entries {
      let context = KeyRingFile.context(
        purpose: entry.purpose, id: entry.id, version: entry.version)
      let bytes: SecretBytes
      do {
        bytes = try envelope.openSecret(entry.wrapped.span.bytes, context: context.span.bytes)
      } catch {
        throw SecurityError(
          .ringDamaged,
          "key \(entry.id) version \(entry.version) of the key ring \(path) does not open: \(error)",
          hint: "restore the ring from a backup", cause: error)
      }
      guard bytes.count == AESGCM.keyByteCount, entry.id > 0, entry.id < file.nextID,
        contents.byID[entry.id, default: entry.purpose] == entry.purpose,
        (contents.byPurpose[entry.purpose]?.last).map({
          $0.id == entry.id && $0.version < entry.version
        }) ?? true
      else {
        throw SecurityError(
          .ringDamaged, "key \(entry.id) version \(entry.version) of \(path) is out of place")
      }
      contents.add(
        DataKey(
          purpose: entry.purpose, id: entry.id, version: entry.version, created: entry.created,
          bytes: bytes))
    }
    return contents
  }

  // MARK: Reading

  /// The key that seals for a purpose; nil when `makeKey` was never called for it.
  public func sealingKey(for purpose: String) -> DataKey? {
    self.state.withLock { $0.contents.byPurpose[purpose]?.last }
  }

  /// The key that opens what was sealed under this id and version.
  public func openingKey(id: UInt64, version: UInt32) throws(SecurityError) -> DataKey {
    let found = self.state.withLock { state -> DataKey? in
      guard let purpose = state.contents.byID[id] else { return nil }
      return state.contents.byPurpose[purpose]?.first { $0.version == version }
    }
    guard let found else {
      throw SecurityError(
        .keyUnknown, "the key ring \(self.path) has no key \(id) version \(version)",
        hint: "it was destroyed, or the data belongs to another ring")
    }
    return found
  }

  /// All keys, for the operator; none of their bytes.
  public var keys: [DataKey] {
    self.state.withLock { $0.contents.byPurpose.values.flatMap { $0 } }
      .sorted { ($0.id, $0.version) < ($1.id, $1.version) }
  }

  public var masterKeyID: UInt64 { self.master.withLock { $0.key.id } }

  // MARK: Changes

  /// The key for a purpose, made when there is none. Returns once it is durable.
  ///
  /// - Precondition: `purpose` is 1 to 128 of a–z, 0–9 and `._-/`.
  public func makeKey(for purpose: String) async throws(SecurityError) -> DataKey {
    Self.check(purpose)
    if let key = self.sealingKey(for: purpose) { return key }
    return try await self.change { contents, master throws(SecurityError) in
      if let key = contents.byPurpose[purpose]?.last { return key }
      return try self.addKey(purpose, to: &contents, master)
    }
  }

  /// Makes a new version that seals from now on; older ones still open.
  public func rotate(_ purpose: String) async throws(SecurityError) -> DataKey {
    Self.check(purpose)
    return try await self.change { contents, master throws(SecurityError) in
      try self.addKey(purpose, to: &contents, master)
    }
  }

  /// Destroys an old version: what is still sealed under it can never be opened again.
  public func destroy(id: UInt64, version: UInt32) async throws(SecurityError) {
    try await self.change { contents, _ throws(SecurityError) in
      guard let purpose = contents.byID[id], let versions = contents.byPurpose[purpose],
        let index = versions.firstIndex(where: { $0.version == version })
      else {
        throw SecurityError(.keyUnknown, "there is no key \(id) version \(version)")
      }
      guard index < versions.count - 1 else {
        throw SecurityError(
          .keyActive, "key \(id) version \(version) seals \(purpose)",
          hint: "rotate it and rewrite what it sealed first")
      }
      contents.byPurpose[purpose]?.remove(at: index)
      contents.file.entries.removeAll { $0.id == id && $0.version == version }
    }
  }

  /// Seals every key anew under `next`: one file replaced, no data touched. From then on the ring opens
  /// with `next` only.
  public func rotateMaster(to next: borrowing MasterKey) async throws(SecurityError) {
    let box = MasterBox(next.copy())
    await self.gate.enter()
    defer { self.gate.leave() }
    var contents = self.state.withLock { $0.contents }
    contents.file.masterKey = box.key.id
    contents.file.entries = []
    for key in self.keys {
      contents.file.entries.append(self.wrapped(key, box.key))
    }
    try await self.store(contents.file)
    self.master.withLock { $0 = box }
    let settled = contents
    self.state.withLock { $0.contents = settled }
  }

  private func change<R: Sendable>(
    _ body: (inout Contents, borrowing MasterKey) throws(SecurityError) -> R
  ) async throws(SecurityError) -> R {
    await self.gate.enter()
    defer { self.gate.leave() }
    var contents = self.state.withLock { $0.contents }
    let master = self.master.withLock { $0 }
    let result = try body(&contents, master.key)
    try await self.store(contents.file)
    let settled = contents
    self.state.withLock { $0.contents = settled }
    return result
  }

  private func addKey(
    _ purpose: String, to contents: inout Contents, _ master: borrowing MasterKey
  ) throws(SecurityError) -> DataKey {
    guard contents.file.entries.count < Self.keyMax else {
      throw SecurityError(.ringFull, "the key ring \(self.path) has \(Self.keyMax) keys")
    }
    let last = contents.byPurpose[purpose]?.last
    let key = DataKey(
      purpose: purpose, id: last?.id ?? contents.file.nextID, version: (last?.version ?? 0) + 1,
      created: self.clock.wallNow,
      bytes: SecretBytes(byteCount: AESGCM.keyByteCount) { self.random.fill($0) })
    if last == nil { contents.file.nextID += 1 }
    contents.file.entries.append(self.wrapped(key, master))
    contents.add(key)
    return key
  }

  private func wrapped(_ key: DataKey, _ master: borrowing MasterKey) -> KeyRingFile.Entry {
    KeyRingFile.Entry(
      key, under: master, nonce: self.random.bytes(AESGCM.nonceByteCount))
  }

  private func store(_ file: KeyRingFile) async throws(SecurityError) {
    // The bytes must stay where they are while the disk writes.
    let bytes = file.text.bytes.array
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    do {
      try await self.disk.replace(self.path, with: UnsafeRawBufferPointer(memory))
    } catch {
      throw SecurityError(
        .diskFailed, "cannot write the key ring \(self.path): \(error)",
        hint: "its file holds the old content or the new, both whole", cause: error)
    }
  }

  private static func check(_ purpose: String) {
    precondition(
      !purpose.isEmpty && purpose.utf8.count <= self.purposeByteCountMax
        && purpose.utf8.allSatisfy {
          $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39
            || [0x2D, 0x2E, 0x2F, 0x5F].contains($0)
        }, "\(purpose) is no name for a purpose")
  }
}

extension KeyRing.Contents {
  mutating func add(_ key: DataKey) {
    self.byPurpose[key.purpose, default: []].append(key)
    self.byID[key.id] = key.purpose
  }
}

extension KeyRingFile.Entry {
  init(_ key: DataKey, under master: borrowing MasterKey, nonce: [UInt8]) {
    var envelope = master.envelope()
    let context = KeyRingFile.context(purpose: key.purpose, id: key.id, version: key.version)
    self.init(
      id: key.id, version: key.version, purpose: key.purpose, created: key.created,
      wrapped: key.sealed(by: &envelope, nonce: nonce, context: context))
  }
}
