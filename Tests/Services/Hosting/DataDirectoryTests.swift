@testable import Hosting
import Runtime
import TestSupport
import Testing

@Suite("Data directory")
struct DataDirectoryTests {
  private static func withFolder(
    _ body: @escaping @Sendable (String, SystemDisk) async throws -> Void
  ) async throws {
    let folder = TemporaryDirectory("data")
    try await withLoops { group in try await body(folder.file("data"), group.disk) }
  }

  private static func take(
    _ path: String, _ disk: SystemDisk, cluster: String = "C1"
  ) async throws -> DataDirectory {
    let survey = try await DataDirectory.survey(path, on: disk)
    return try await DataDirectory.take(
      survey, cluster: survey.cluster ?? cluster, newNode: "N1", on: disk)
  }

  private static func write(_ text: String, to path: String, _ disk: SystemDisk) async throws {
    try await disk.replace(path, with: Array(text.utf8))
  }

  private static func refusal(
    _ body: () async throws -> Void
  ) async -> HostingError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? HostingError)?.code
    }
  }

  @Test("a folder keeps its cluster and its node")
  func keeps() async throws {
    try await Self.withFolder { path, disk in
      let first = try await Self.take(path, disk)
      #expect(first.isNew)
      let facts = try await first.folder("facts")
      #expect(try await FormatFile.read(facts, on: disk)?.cluster == "C1")
      withExtendedLifetime(first) {}
    }
  }

  @Test("a folder belongs to one process at a time, and is free when it ends")
  func lock() async throws {
    try await Self.withFolder { path, disk in
      do {
        let first = try await Self.take(path, disk)
        let code = await Self.refusal { _ = try await Self.take(path, disk) }
        #expect(code == .directoryLocked)
        withExtendedLifetime(first) {}
      }
      let second = try await Self.take(path, disk)
      #expect(!second.isNew)
      #expect(second.node == "N1")
    }
  }

  @Test("a folder of something else, of a newer format or of another cluster is left as it is")
  func refusals() async throws {
    let cases: [(files: [(String, String)], code: HostingError.Code)] = [
      ([("notes.txt", "mine")], .directoryForeign),
      ([("FORMAT", "{")], .directoryDamaged),
      ([("FORMAT", #"{"product":"other","version":1}"#)], .directoryDamaged),
      ([("FORMAT", Self.format("daemon", version: 2))], .directoryNewer),
      (
        [("FORMAT", Self.format("daemon")), ("facts/FORMAT", Self.format("facts", version: 9))],
        .directoryNewer
      ),
      (
        [
          ("FORMAT", Self.format("daemon")),
          ("facts/FORMAT", Self.format("facts", cluster: "C2")),
        ],
        .directoryOtherCluster
      ),
    ]
    for (files, code) in cases {
      try await Self.withFolder { path, disk in
        try await disk.createDirectories("\(path)/facts")
        for (name, text) in files { try await Self.write(text, to: "\(path)/\(name)", disk) }
        let before = try await disk.list(path)
        let refused = await Self.refusal { _ = try await Self.take(path, disk) }
        #expect(refused == code)
        #expect(try await disk.list(path) == before)
      }
    }
  }

  @Test("facts of another cluster are refused before anything is written")
  func otherFacts() async throws {
    try await Self.withFolder { path, disk in
      do { _ = try await Self.take(path, disk) }
      let before = try await disk.list(path)
      let survey = try await DataDirectory.survey(path, on: disk)
      let code = await Self.refusal {
        _ = try await DataDirectory.take(survey, cluster: "C9", newNode: "N2", on: disk)
      }
      #expect(code == .directoryOtherCluster)
      #expect(try await disk.list(path) == before)
    }
  }

  private static func format(
    _ part: String, version: Int = 1, cluster: String = "C1"
  ) -> String {
    #"{"product":"lakeworks","part":"\#(part)","version":\#(version),"cluster_id":"\#(cluster)"}"#
  }
}
