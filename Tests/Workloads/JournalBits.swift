import Bytes
import Journal
import Runtime
import Simulation

/// Every single bit of a small journal, flipped alone.
extension JournalWorkloads {
  /// Writes a small journal from the seed, then opens it once for each bit of its files with that bit
  /// turned over: every record must be there and right, or the opening must refuse, naming the file.
  @Sendable static func everyBit(seed: UInt64) throws -> Int {
    let (files, records, options) = try Simulation.run(seed: seed, writeSmall).value
    var runs = 0
    for index in files.indices {
      for bit in 0..<(files[index].bytes.count * 8) {
        var changed = files
        changed[index].bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        let opened = try open(changed, options: options)
        runs += 1
        guard let opened else { continue }
        guard opened == records else {
          throw CheckFailure(
            "with bit \(bit) of \(files[index].path) flipped, \(opened.count) of \(records.count) "
              + "records were served")
        }
      }
    }
    return runs
  }

  struct PlantedFile: Sendable {
    var path: String
    var bytes: [UInt8]
  }

  /// Two segments with records of noise and zeros, one of them in pieces; sealed for odd seeds.
  @Sendable private static func writeSmall(
    _ world: World
  ) async throws -> ([PlantedFile], [JournalRecord], JournalOptions) {
    let options = JournalOptions {
      $0.segmentBytes = 3 * 4096
      $0.blockBytesMax = 4096
      $0.batchBytesMax = 4096
      $0.zeroesSegments = false
      if world.seed % 2 == 1 { $0.sealing = JournalPlan.sealing }
    }
    let journal = try await Journal.open(
      "/j", on: world.disk, clock: world.clock, random: world.random, options: options
    ) { _ in }
    let records = try await journal.running {
      var generator = world.generator("records")
      var records: [JournalRecord] = []
      for number in 0..<3 as Range<UInt64> {
        let count = Int.random(in: 100...2800, using: &generator)
        let bytes = JournalModel.bytes(number, byteCount: count)
        let position = try await journal.append(bytes)
        records.append(JournalRecord(position: position, epoch: 1, bytes: bytes))
      }
      return records
    }
    let files = world.disk.paths.filter { $0.hasSuffix(".segment") }
      .map { PlantedFile(path: $0, bytes: world.disk.durableBytes($0) ?? []) }
    return (files, records, options)
  }

  /// What an opening of the planted files serves; nil when it refuses, as it may.
  static func open(_ files: [PlantedFile], options: JournalOptions) throws -> [JournalRecord]? {
    try Simulation.run(seed: 1) { world -> [JournalRecord]? in
      for file in files { world.disk.plant(file.bytes, at: file.path) }
      var records: [JournalRecord] = []
      do throws(JournalError) {
        _ = try await Journal.open(
          "/j", on: world.disk, clock: world.clock, random: world.random, options: options
        ) { records.append($0.owned) }
        return records
      } catch {
        let expected: [JournalError.Code] = [
          .damaged, .notAuthentic, .newerFormat, .keyMissing, .io,
        ]
        guard expected.contains(error.code), error.file != nil else {
          throw CheckFailure("an opening was refused with: \(error)")
        }
        return nil
      }
    }.value
  }
}
