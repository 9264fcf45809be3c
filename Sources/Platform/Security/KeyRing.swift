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
    /// Of what is stored; nil when nothing is.
    var stamp: Int64?
  }

  private let place: any KeyRingStore
  private let random: any RandomSource
  private let clock: any TimeSource
  private let gate = ChangeGate()
  private let state: Mutex<State>
  private let master: Mutex<MasterBox>

  private final class MasterBox: Sendable {
    let key: MasterKey
    init(_ key: consuming MasterKey) { self.key = key }
  }

  /// Where it is kept.
  public var path: String { self.place.place }

  private init(
    _ place: any KeyRingStore, random: any RandomSource, clock: any TimeSource,
    master: consuming MasterKey, contents: Contents, stamp: Int64?
  ) {
    self.place = place
    self.random = random
    self.clock = clock
    self.state = Mutex(State(contents: contents, stamp: stamp))
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
    try await self.open(
      KeyRingFileStore(place: path, disk: disk), master: master, former: former, random: random,
      clock: clock)
  }

  /// The same at any place.
  public static func open(
    _ place: any KeyRingStore, master: borrowing MasterKey, former: consuming MasterKey? = nil,
    random: any RandomSource, clock: any TimeSource
  ) async throws(SecurityError) -> KeyRing {
    let path = place.place
    guard let stored = try await place.read() else {
      let contents = Contents(
        file: KeyRingFile(masterKey: master.id, nextID: 1, entries: []), byPurpose: [:], byID: [:])
      let ring = KeyRing(
        place, random: random, clock: clock, master: master.copy(), contents: contents, stamp: nil)
      // Whoever else is first has made one as good.
      try await ring.change { _, _ throws(SecurityError) in }
      return ring
    }
    let text = stored.text
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
      place, random: random, clock: clock, master: fitting.copy(),
      contents: try self.contents(of: file, master: fitting, path: path), stamp: stored.stamp)
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
  ///
  /// - Parameter former: the version to go on from, when the caller may have asked before and not
  ///   have lived to see the answer: a newer one is taken for what was asked.
  public func rotate(
    _ purpose: String, after former: UInt32? = nil
  ) async throws(SecurityError) -> DataKey {
    Self.check(purpose)
    return try await self.change { contents, master throws(SecurityError) in
      if let former, let newest = contents.byPurpose[purpose]?.last, newest.version > former {
        return newest
      }
      return try self.addKey(purpose, to: &contents, master)
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
    var state = self.state.withLock { $0 }
    state.contents.file.masterKey = box.key.id
    state.contents.file.entries = []
    for key in self.keys {
      state.contents.file.entries.append(self.wrapped(key, box.key))
    }
    state.stamp = try await self.store(state.contents.file, over: state.stamp)
    self.master.withLock { $0 = box }
    let settled = state
    self.state.withLock { $0 = settled }
  }

  /// How often a change is begun anew because another daemon changed the ring first.
  private static let attemptMax = 32

  private func change<R: Sendable>(
    _ body: (inout Contents, borrowing MasterKey) throws(SecurityError) -> R
  ) async throws(SecurityError) -> R {
    await self.gate.enter()
    defer { self.gate.leave() }
    var attempts = 0
    while true {
      var state = self.state.withLock { $0 }
      let master = self.master.withLock { $0 }
      let result = try body(&state.contents, master.key)
      do throws(SecurityError) {
        state.stamp = try await self.store(state.contents.file, over: state.stamp)
      } catch {
        attempts += 1
        guard error.code == .ringChanged, attempts < Self.attemptMax else { throw error }
        try await self.readAgain()
        continue
      }
      let settled = state
      self.state.withLock { $0 = settled }
      return result
    }
  }

  /// Takes over what another daemon has made of the ring.
  public func reload() async throws(SecurityError) {
    await self.gate.enter()
    defer { self.gate.leave() }
    try await self.readAgain()
  }

  private func readAgain() async throws(SecurityError) {
    guard let stored = try await self.place.read() else { return }
    guard self.state.withLock({ $0.stamp != stored.stamp }) else { return }
    let file = try KeyRingFile(parsing: stored.text, path: self.path)
    let master = self.master.withLock { $0 }
    guard file.masterKey == master.key.id else {
      throw SecurityError(
        .masterKeyWrong, "the key ring \(self.path) is sealed under another master key now",
        hint: "give every daemon of the cluster the same one and restart this one")
    }
    let contents = try Self.contents(of: file, master: master.key, path: self.path)
    self.state.withLock { $0 = State(contents: contents, stamp: stored.stamp) }
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

  /// Writes the ring over the one that `stamp` stands for.
  private func store(_ file: KeyRingFile, over stamp: Int64?) async throws(SecurityError) -> Int64 {
    try await self.place.replace(file.text.bytes.array, after: stamp)
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
