import Bytes
import Crypto
import Journal
import Simulation

/// What one journal run does: sizes, appenders, trims and readers, all from the seed.
struct JournalPlan: Sendable {
  var appenders: Int
  var recordsEach: Int
  var recordBytesMax: Int
  /// Appends without waiting, several tickets at a time.
  var usesTickets: Bool
  var trims: Bool
  var reads: Bool
  var raisesEpoch: Bool
  var options: JournalOptions
  var disk: DiskFaults

  /// Small files and blocks, so that every border is met often.
  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, label: "journal plan")
    let pages = [3, 4, 5, 8, 16][Int.random(in: 0..<5, using: &generator)]
    let blockPages = Int.random(in: 1...4, using: &generator)
    self.appenders = Int.random(in: 1...6, using: &generator)
    self.recordsEach = Int.random(in: 2...8, using: &generator)
    self.recordBytesMax = [40, 600, 5000, 20_000][Int.random(in: 0..<4, using: &generator)]
    self.usesTickets = generator.chance(0.3)
    self.trims = generator.chance(0.5)
    self.reads = generator.chance(0.5)
    self.raisesEpoch = generator.chance(0.2)
    self.options = JournalOptions {
      $0.segmentBytes = pages * 4096
      $0.blockBytesMax = blockPages * 4096
      $0.batchBytesMax = blockPages * 4096 * Int.random(in: 1...3, using: &generator)
      $0.recordBytesMax = 1 << 20
      $0.sparesMax = Int.random(in: 1...3, using: &generator)
      $0.zeroesSegments = generator.chance(0.5)
      $0.isDirect = generator.chance(0.3)
      $0.batchDelay = generator.chance(0.2) ? .microseconds(500) : .zero
      if generator.chance(0.4) { $0.sealing = Self.sealing }
    }
    self.disk = .powerCuts
    self.disk.sectorBytes = generator.chance(0.5) ? 512 : 4096
    self.disk.latency = .microseconds(100)
    self.disk.slowOperation = generator.chance(0.2) ? 0.05 : 0
  }

  static let sealing: JournalSealing = {
    var secret = [UInt8](0..<32)
    let name = [UInt8](repeating: 7, count: 16)
    guard let id = JournalKeyID(name.rawBytes) else { preconditionFailure("16 bytes, not zeros") }
    return JournalSealing(current: JournalKey(id: id, secret: SecretBytes(taking: &secret)))
  }()
}
