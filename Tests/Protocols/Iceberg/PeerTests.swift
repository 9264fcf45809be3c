import Glibc
import TestSupport
import Testing

/// The comparison with PyIceberg, fastavro and DuckDB, in small; `make iceberg-compare` runs it at length.
@Suite("Iceberg beside others")
struct PeerTests {
  @Test("PyIceberg, fastavro and DuckDB read what we write, and we read what they write")
  func compare() async throws {
    let printed = try await runProgram(
      [
        pythonPath, "\(repositoryRoot)/Tests/Protocols/IcebergPeer/run.py", "--count", "150",
        "--extensions", "\(repositoryRoot)/.deps/extensions", Self.peer(),
      ], within: .seconds(240))
    #expect(printed.contains("tables: "))
    #expect(!printed.contains("seed"), "\(printed)")
  }

  @Test("2,000 random sequences of updates give what PyIceberg's own builder gives")
  func updates() async throws {
    let printed = try await runProgram(
      [
        pythonPath, "\(repositoryRoot)/Tests/Protocols/IcebergPeer/run.py", "--only", "updates",
        "--count", "2000", Self.peer(),
      ], within: .seconds(240))
    #expect(printed.contains("updates: 2000 rounds, 0 differences"), "\(printed)")
  }

  /// The program is built into the folder of the test bundle, which is this very program.
  private static func peer() -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count)
    let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "/")
    return "/" + parts.dropLast().joined(separator: "/") + "/iceberg-peer"
  }
}
