import Journal
import ObjectNamespace
import Simulation

/// What one run over the namespace engine does: sizes and keys, all from the seed.
struct NamespacePlan: Sendable {
  var engine: TreeEngineOptions
  var disk: DiskFaults
  var keyBytesMax: Int
  var valueBytesMax: Int
  /// The bytes that keys are made of.
  var alphabet: [UInt8]
  /// How many different names there are at each level: few make keys meet.
  var names: Int
  var depth: Int

  /// Small frames and a small cache, so that frames split, merge, leave and come back all the time.
  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, label: "namespace plan")
    let frame = [4096, 4096, 8192, 16_384, 65_536][Int.random(in: 0..<5, using: &generator)]
    let share = frame / 4 - 64
    self.keyBytesMax = min(
      [12, 60, 400, 1024][Int.random(in: 0..<4, using: &generator)], share / 2)
    self.valueBytesMax = min(
      [0, 40, 300, 1000, 5000][Int.random(in: 0..<5, using: &generator)],
      share - self.keyBytesMax)
    let alphabets: [[UInt8]] = [
      Array("ab/".utf8), Array("0123456789abcdef/".utf8), [0, 0xFF, 0x2F], Array(0...255),
      Array("abcdefghijklmnopqrstuvwxyz/-_.".utf8),
    ]
    self.alphabet = alphabets[Int.random(in: 0..<alphabets.count, using: &generator)]
    self.names = [3, 20, 400][Int.random(in: 0..<3, using: &generator)]
    self.depth = Int.random(in: 1...4, using: &generator)
    self.engine = TreeEngineOptions()
    self.engine.frameBytes = frame
    self.engine.cacheBytes = frame * [24, 64, 400][Int.random(in: 0..<3, using: &generator)]
    self.engine.keyBytesMax = self.keyBytesMax + 32
    self.engine.journalBytesTrigger =
      [16 << 10, 64 << 10, 1 << 20][
        Int.random(in: 0..<3, using: &generator)]
    self.engine.imageBytesMax = frame * [2, 16, 400][Int.random(in: 0..<3, using: &generator)]
    self.engine.batchBytesMax = [2048, 64 << 10][Int.random(in: 0..<2, using: &generator)]
    self.engine.growBytes = frame * 4
    self.engine.checkpointInterval = .milliseconds(200)
    self.engine.journal.segmentBytes = 64 << 10
    self.engine.journal.blockBytesMax = 32 << 10
    self.engine.journal.batchBytesMax = 64 << 10
    self.engine.journal.recordBytesMax = 1 << 20
    self.engine.journal.zeroesSegments = false
    self.disk = .powerCuts
    self.disk.latency = .microseconds(100)
  }

  func key(_ generator: inout SeededGenerator) -> [UInt8] {
    var key: [UInt8] = []
    for level in 0..<Int.random(in: 1...self.depth, using: &generator) {
      if level > 0 { key.append(UInt8(ascii: "/")) }
      var name = SeededGenerator(
        seed: UInt64.random(in: 0..<UInt64(self.names), using: &generator) &* 31 &+ UInt64(level))
      let count = Int.random(in: 0...max(1, self.keyBytesMax / self.depth - 1), using: &name)
      for _ in 0..<count {
        key.append(self.alphabet[Int.random(in: 0..<self.alphabet.count, using: &name)])
      }
    }
    // No empty key: a scan cannot go on behind it by naming it, and no object has it.
    return key.isEmpty ? [self.alphabet[0]] : Array(key.prefix(self.keyBytesMax))
  }

  /// A part of a key that may name a folder, often one that exists.
  func folder(_ generator: inout SeededGenerator) -> [UInt8] {
    let key = self.key(&generator)
    guard !key.isEmpty else { return [] }
    if generator.chance(0.6), let slash = key.lastIndex(of: UInt8(ascii: "/")) {
      return Array(key[...slash])
    }
    return Array(key.prefix(Int.random(in: 0...key.count, using: &generator)))
  }

  func value(_ generator: inout SeededGenerator) -> NamespaceModel.Value {
    let count = Int.random(in: 0...self.valueBytesMax, using: &generator)
    let byte = UInt8(truncatingIfNeeded: generator.next())
    var bytes = [UInt8](repeating: byte, count: count)
    if count > 1 { bytes[count / 2] = UInt8(truncatingIfNeeded: generator.next()) }
    // The weight follows from the bytes: whoever finds the bytes knows it.
    var weight = SeededGenerator(seed: UInt64(count) << 8 | UInt64(bytes.first ?? 0))
    return NamespaceModel.Value(bytes: bytes, weight: weight.next() >> 24)
  }
}
