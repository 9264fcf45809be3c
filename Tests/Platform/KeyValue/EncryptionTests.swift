import Bytes
import KeyValue
import Runtime
import Testing

@Suite struct EncryptionTests {
  let scratch = Scratch()
  static let marker = "MARKER-OF-PLAIN-TEXT"

  func open(_ keys: [DataKey], direct: Bool = false) throws -> Store {
    var options = StoreOptions(
      path: self.scratch.path("store"),
      families: [
        FamilyOptions("MARKER-OF-PLAIN-TEXT family") {
          $0.compression = .none
          $0.bottomCompression = .none
        }
      ])
    options.keys = keys
    options.usesDirectIO = direct
    return try Store(options, pool: testPool)
  }

  func fill(_ store: Store) async throws {
    for name in store.familyNames {
      let family = try store.family(name)
      for round in 0..<3 {
        var batch = WriteBatch()
        for number in 0..<200 {
          batch.put(
            bytes("\(Self.marker) \(number) \(round)"), for: bytes("\(Self.marker) \(number)"),
            in: family)
        }
        try await store.commit(batch)
        try await store.flush(family)
      }
      try await store.compact(in: family)
      // And one that stays in the log.
      var batch = WriteBatch()
      batch.put(bytes(Self.marker), for: bytes("\(Self.marker) last"), in: family)
      try await store.commit(batch)
    }
  }

  func plainFiles() -> [String] {
    files(below: self.scratch.path).filter { contains(content(of: $0), bytes(Self.marker)) }
  }

  @Test("a plain store shows what is looked for, so that the next tests could fail")
  func plain() async throws {
    let store = try self.open([])
    try await self.fill(store)
    let found = self.plainFiles().compactMap { $0.split(separator: ".").last.map(String.init) }
    #expect(found.contains("sst"))
    #expect(found.contains("log"))
  }

  @Test(
    "no file of an encrypted store, checkpoint or backup shows content", arguments: [false, true])
  func encrypted(direct: Bool) async throws {
    let store = try self.open([testKey(1)], direct: direct)
    try await self.fill(store)
    try await store.checkpoint(to: self.scratch.path("checkpoint"))
    let backups = BackupFolder(
      path: self.scratch.path("backups"), keys: [testKey(1)], pool: testPool)
    try await store.backUp(to: backups)
    var table = try store.tableFile(self.scratch.path("table"), for: store.family("default"))
    try table.put(bytes(Self.marker).rawBytes, for: bytes("zzz").rawBytes)
    _ = try table.finish()
    let looked = files(below: self.scratch.path)
    #expect(looked.count > 15)
    for suffix in ["sst", "log"] { #expect(looked.contains { $0.hasSuffix(suffix) }) }
    #expect(self.plainFiles() == [])
    try await store.ingest([self.scratch.path("table")], into: store.family("default"))
    #expect(try await store.text("zzz") == Self.marker)
    try await store.close()

    let again = try self.open([testKey(1)], direct: direct)
    #expect(try await again.text("\(Self.marker) 199") == "\(Self.marker) 199 2")
    #expect(try await again.text("\(Self.marker) last") == Self.marker)
    #expect(try await again.text("zzz") == Self.marker)
  }

  @Test(
    "the wrong key, no key, and a key for a plain store are refused as corruption that says why")
  func wrongKeys() async throws {
    let store = try self.open([testKey(1)])
    try await self.fill(store)
    try await store.close()
    let wrongSecret = DataKey(
      id: Array(repeating: 1, count: 16), secret: Array(repeating: 3, count: 32))
    let cases: [([DataKey], String)] = [
      ([testKey(2)], "01010101010101010101010101010101, which was not given"),
      ([wrongSecret], "does not verify under key"),
      ([], "no key was given"),
    ]
    for (keys, reason) in cases {
      let error = #expect(throws: StoreError.self) { _ = try self.open(keys) }
      #expect(error?.code == .corruption, "\(String(describing: error))")
      #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }
    #expect(try await self.open([testKey(1)]).text("\(Self.marker) last") == Self.marker)
  }

  @Test("a plain store is not opened with a key")
  func keyForPlain() async throws {
    try await self.open([]).close()
    let error = #expect(throws: StoreError.self) { _ = try self.open([testKey(1)]) }
    #expect(error?.code == .corruption)
    #expect(error?.message.contains("not encrypted") == true)
  }

  @Test(
    "after a change of keys new files use the new one, and a full compaction lets the old one go")
  func rotation() async throws {
    var store = try self.open([testKey(1)])
    try await self.fill(store)
    try await store.close()
    store = try self.open([testKey(2), testKey(1)])
    #expect(try await store.text("\(Self.marker) 5") == "\(Self.marker) 5 2")
    for name in store.familyNames {
      let family = try store.family(name)
      try await store.flush(family)
      try await store.compact(in: family, rewritesBottom: true)
    }
    try await store.put("new", "content")
    try await store.close()
    store = try self.open([testKey(2)])
    #expect(try await store.text("\(Self.marker) 5") == "\(Self.marker) 5 2")
    #expect(try await store.text("new") == "content")
  }

  @Test("two files of the same content share no bytes")
  func freshSalt() async throws {
    let store = try self.open([testKey(1)])
    let family = try store.family("default")
    var contents: [[UInt8]] = []
    for name in ["one", "two"] {
      var table = try store.tableFile(self.scratch.path(name), for: family)
      for number in 100..<400 { try table.put([0].rawBytes, for: bytes("\(number)").rawBytes) }
      _ = try table.finish()
      contents.append(content(of: self.scratch.path(name)))
    }
    let equal = zip(contents[0], contents[1]).dropFirst(4096).filter { $0 == $1 }.count
    let count = contents[0].count - 4096
    #expect(equal < count / 64)
  }

  @Test(
    "a flipped byte in any part of a table file is noticed", arguments: [60, 100, 5_000, 9_000])
  func damage(offset: Int) async throws {
    var store = try self.open([testKey(1)])
    try await self.fill(store)
    try await store.close()
    for path in files(below: self.scratch.path) where path.hasSuffix(".sst") {
      var damaged = content(of: path)
      // The zeros between header and content carry nothing.
      guard offset < damaged.count, !(88..<4096).contains(offset) else { continue }
      damaged[offset] ^= 1
      overwrite(path, with: damaged)
    }
    guard !(88..<4096).contains(offset) else { return }
    let error = await #expect(throws: StoreError.self) {
      store = try self.open([testKey(1)])
      for name in store.familyNames { _ = try await store.all(store.family(name)) }
    }
    #expect(error?.code == .corruption)
  }
}
