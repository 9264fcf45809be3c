private import Bytes
private import Crypto
internal import ObjectModel
internal import Runtime
internal import Synchronization

/// The two files of a namespace beside its journal: `super` and `frames`.
final class EngineFiles: Sendable {
  let superblocks: any DiskFile
  let frames: any DiskFile

  init(superblocks: any DiskFile, frames: any DiskFile) {
    self.superblocks = superblocks
    self.frames = frames
  }

  /// Reads a run and proves it. `problem` gets what is wrong with it.
  func read(
    _ target: UnsafeMutableRawBufferPointer, _ run: DiskRun, checksum: UInt64, what: String,
    _ problem: inout NamespaceError?
  ) async throws(IOFailure) {
    let offset = Int64(run.unit) * Int64(FrameFormat.unitBytes)
    let count = try await self.frames.read(into: target, at: offset)
    guard count == target.count else {
      problem = NamespaceError(
        .corrupted,
        "\(what) at \(offset) of \(self.frames.path) ends after \(count) of \(target.count) bytes")
      return
    }
    let computed = XXH3.hash64(of: UnsafeRawBufferPointer(target))
    guard computed == checksum else {
      problem = NamespaceError(
        .corrupted,
        "\(what) at \(offset) of \(self.frames.path): checksum is "
          + "\(String(computed, radix: 16)), written was \(String(checksum, radix: 16))")
      return
    }
  }
}
