import Bytes
import Crypto
import Fuzzing
import Runtime
import Simulation
import Testing
import Values

@testable import Security

private func master(_ number: Int) throws -> MasterKey {
  try MasterKey(text: Array(repeating: UInt8(0x41 + number), count: 40), origin: "test")
}

private func open(_ world: World, master number: Int = 1, former: Int? = nil) async throws
  -> KeyRing
{
  let formerKey: MasterKey? = if let former { try master(former) } else { nil }
  return try await KeyRing.open(
    "/keys.json", on: world.disk, master: try master(number), former: formerKey,
    random: world.random, clock: world.clock)
}

private func code(_ body: () async throws -> Void) async -> SecurityError.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? SecurityError)?.code }
}

private func seal(_ text: String, with key: DataKey) -> [UInt8] {
  var envelope = key.envelope()
  var target = ByteWriter()
  envelope.seal(
    Array(text.utf8).rawBytes, nonce: [UInt8](repeating: 7, count: 12).rawBytes,
    context: Array("c".utf8).rawBytes, to: &target)
  return target.bytes.array
}

private func unseal(_ sealed: [UInt8], from ring: KeyRing) throws -> String {
  let head = try EnvelopeHead(of: sealed.rawBytes)
  var envelope = try ring.openingKey(id: head.keyID, version: head.keyVersion).envelope()
  var target = ByteWriter()
  try envelope.open(sealed.rawBytes, context: Array("c".utf8).rawBytes, to: &target)
  return target.bytes.lossyText
}

@Suite("Key ring")
struct KeyRingTests {
  @Test("keys are there again after a restart, and open what they sealed")
  func restart() throws {
    try Simulation.run(seed: 1) { world in
      let ring = try await open(world)
      let journal = try await ring.makeKey(for: "journal")
      let blocks = try await ring.makeKey(for: "object.blocks")
      #expect(journal.id == 1 && journal.version == 1 && blocks.id == 2)
      #expect(try await ring.makeKey(for: "journal") === journal)
      let sealed = seal("hello", with: journal)
      world.disk.crash()
      let again = try await open(world)
      #expect(try unseal(sealed, from: again) == "hello")
      #expect(again.sealingKey(for: "nothing") == nil)
      #expect(again.keys.map(\.purpose) == ["journal", "object.blocks"])
    }
  }

  @Test("a rotated key seals anew and opens the old, until the old is destroyed")
  func rotation() throws {
    try Simulation.run(seed: 2) { world in
      let ring = try await open(world)
      let first = try await ring.makeKey(for: "journal")
      let old = seal("old", with: first)
      let second = try await ring.rotate("journal")
      // Whoever asks again for what comes after the first gets the one that is there.
      #expect(try await ring.rotate("journal", after: 1).version == 2)
      #expect(second.id == first.id && second.version == 2)
      #expect(ring.sealingKey(for: "journal") === second)
      #expect(try unseal(old, from: ring) == "old")
      #expect(await code { try await ring.destroy(id: 1, version: 2) } == .keyActive)
      #expect(await code { try await ring.destroy(id: 9, version: 1) } == .keyUnknown)
      try await ring.destroy(id: 1, version: 1)
      #expect(await code { _ = try unseal(old, from: ring) } == .keyUnknown)
      let again = try await open(world)
      #expect(again.keys.map(\.version) == [2])
      #expect(try await again.rotate("journal").version == 3)
    }
  }

  @Test("another master key is refused and nothing is changed")
  func wrongMaster() throws {
    try Simulation.run(seed: 3) { world in
      let ring = try await open(world)
      _ = try await ring.makeKey(for: "journal")
      let before = world.disk.durableBytes("/keys.json")
      #expect(await code { _ = try await open(world, master: 2) } == .masterKeyWrong)
      #expect(world.disk.durableBytes("/keys.json") == before)
    }
  }

  @Test("a new master key seals every key anew, and during the change both open the ring")
  func masterRotation() throws {
    try Simulation.run(seed: 4) { world in
      let ring = try await open(world)
      let sealed = seal("kept", with: try await ring.makeKey(for: "journal"))
      _ = try await ring.rotate("journal")
      try await ring.rotateMaster(to: try master(2))
      _ = try await ring.makeKey(for: "late")
      #expect(await code { _ = try await open(world, master: 1) } == .masterKeyWrong)
      for ring in [
        try await open(world, master: 2), try await open(world, master: 2, former: 1),
        try await open(world, master: 3, former: 2),
      ] {
        #expect(try unseal(sealed, from: ring) == "kept")
        #expect(ring.keys.count == 3)
      }
    }
  }

  @Test("a power cut after any change leaves a ring that opens and lost no key that was handed out")
  func powerCuts() throws {
    for cut in 1...40 {
      try Simulation.run(seed: UInt64(cut)) { world in
        var ring = try await open(world)
        let base = world.disk.changeCount
        world.disk.cutAfterChange = base + cut
        var sealed: [(text: String, bytes: [UInt8])] = []
        var rotatesMaster = false
        do {
          for step in 0..<4 {
            let key = try await ring.rotate("p\(step % 2)")
            sealed.append(("text \(step)", seal("text \(step)", with: key)))
          }
          rotatesMaster = true
          try await ring.rotateMaster(to: try master(2))
          let key = try await ring.rotate("p0")
          sealed.append(("last", seal("last", with: key)))
        } catch let error as SecurityError {
          #expect(error.code == .diskFailed)
        }
        world.disk.restart()
        ring = try await open(world, master: 2, former: 1)
        let first = try master(1).id
        if !rotatesMaster { #expect(ring.masterKeyID == first) }
        for (text, bytes) in sealed { #expect(try unseal(bytes, from: ring) == text, "cut \(cut)") }
      }
    }
  }

  @Test("changes from many tasks are made one after the other")
  func manyTasks() throws {
    try Simulation.run(seed: 5) { world in
      let ring = try await open(world)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            _ = try await ring.makeKey(for: "p\(number % 5)")
            _ = try await ring.rotate("q")
          }
        }
        try await group.waitForAll()
      }
      #expect(ring.keys.count == 25)
      let again = try await open(world)
      #expect(again.keys.map(\.head) == ring.keys.map(\.head))
    }
  }

  @Test("a ring with a changed byte is refused, or is the same ring")
  func damage() throws {
    try Simulation.run(seed: 6) { world in
      let ring = try await open(world)
      let key = try await ring.makeKey(for: "journal")
      _ = try await ring.rotate("journal")
      let sealed = seal("x", with: key)
      let good = world.disk.durableBytes("/keys.json") ?? []
      for index in good.indices {
        var changed = good
        changed[index] ^= 1
        world.disk.plant(changed, at: "/keys.json")
        guard let found = try? await open(world) else { continue }
        #expect(found.keys.map(\.head) == ring.keys.map(\.head))
        #expect(try unseal(sealed, from: found) == "x")
      }
      world.disk.plant(Array(#"{"format": 2}"#.utf8), at: "/keys.json")
      #expect(await code { _ = try await open(world) } == .ringNewer)
      world.disk.plant(Array("{".utf8), at: "/keys.json")
      #expect(await code { _ = try await open(world) } == .ringDamaged)
    }
  }

  @Test("nothing that is printed or stored holds a key")
  func secrecy() throws {
    try Simulation.run(seed: 7) { world in
      let ring = try await open(world)
      let key = try await ring.makeKey(for: "journal")
      let digits = key.withBytes { Hexadecimal.text(of: $0) }
      let base64 = key.withBytes { Base64.text(of: $0) }
      var dumped = ""
      dump(key, to: &dumped)
      let stored = String(decoding: world.disk.durableBytes("/keys.json") ?? [], as: UTF8.self)
      for text in ["\(key)", String(reflecting: key), dumped, stored] {
        #expect(!text.contains(digits) && !text.contains(base64))
      }
      #expect("\(key)" == "key 1 version 1 for journal")
      let derived = key.derived(for: "a").bytes.array
      #expect(derived == key.derived(for: "a").bytes.array)
      #expect(derived != key.derived(for: "b").bytes.array)
    }
  }

  @Test("any bytes are a ring or an error")
  func fuzz() throws {
    let seed =
      #"{"format":1,"master_key":"0123456789abcdef","next_id":2,"keys":[{"id":1,"version":1,"#
      + #""purpose":"a","created_at":"2026-01-01T00:00:00Z","wrapped":"AAAA"}]}"#
    try Fuzzer.run(name: "key-ring", seeds: [Array(seed.utf8)], iterations: 5000) { bytes in
      guard let file = try? KeyRingFile(parsing: bytes.array, path: "x") else { return }
      let again = try KeyRingFile(parsing: file.text.bytes.array, path: "x")
      try Fuzzer.require(again.entries.count == file.entries.count, "other entries")
    }
  }
}
