package import Runtime

/// Looks at files every second, and tells when their content is another than before and has stayed so for a second.
/// Of a file that is away the old content counts.
package final class FileWatch: Sendable {
  private static let byteCountMax = 1 << 20
  private let paths: [String]
  private let disk: any Disk

  package init(_ paths: [String], on disk: any Disk) {
    self.paths = paths
    self.disk = disk
  }

  private func contents(_ before: [[UInt8]]) async -> [[UInt8]] {
    var contents: [[UInt8]] = []
    for (index, path) in self.paths.enumerated() {
      let content = try? await self.disk.readAll(path, limit: Self.byteCountMax)
      contents.append(content ?? (before.indices.contains(index) ? before[index] : []))
    }
    return contents
  }

  /// Until the task is cancelled.
  package func run(
    _ time: any TimeSource, changed: () -> Void
  ) async throws(CancellationError) {
    var told = await self.contents([])
    var last = told
    while true {
      try await time.sleep(for: .seconds(1))
      let now = await self.contents(last)
      if now == last, now != told {
        told = now
        changed()
      }
      last = now
    }
  }
}
