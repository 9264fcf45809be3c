import Admin
import Bytes
import CommandTable
import Glibc
import HTTP
import JSON
import LakectlCommands
import LakectlTesting
import ObjectModel
import ObjectTesting
import TestSupport
import Testing
import Values

/// Commands of lakectl against the operator's side and a gateway over model stores.
private struct Shell: Sendable {
  let bench: ObjectAdminBench
  let folder = TemporaryDirectory("lakectl-objects")

  func run(_ line: String) async throws -> Ran {
    let token = self.folder.file("token")
    try Files.write("admin\n", to: token)
    let console = MemoryConsole()
    let surroundings = Surroundings(
      environment: [
        "LANG": "C.UTF-8", "AWS_ACCESS_KEY_ID": "AKROOT", "AWS_SECRET_ACCESS_KEY": "root-secret",
      ], terminal: TerminalFacts(), console: console, clock: .process,
      files: MemoryContextFiles(
        user: "current = t\n[context t]\nendpoint = \(self.bench.admin)\ntoken-file = \(token)\n"),
      client: .http(.process))
    let words = ExampleLine.words("lakectl " + line) ?? []
    let exit = await Runner(root: Lakectl.root, surroundings: surroundings).run(words)
    return Ran(exit: exit, output: console.output, errors: console.errors)
  }

  struct Ran {
    var exit: ExitCode
    var output: String
    var errors: String
  }

  /// What a good command printed as JSON.
  func json(_ line: String) async throws -> JSONValue {
    let result = try await self.run(line + " -o json")
    guard result.exit == .ok else {
      throw AdminError(.failed, "test.lakectl", "\(line): \(result.exit) \(result.errors)")
    }
    return try JSONValue(parsing: Array(result.output.utf8).rawBytes)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = self.folder.file(name)
    try Files.write(bytes, to: path)
    return path
  }
}

@Suite("lakectl and objects")
struct LakectlObjectTests {
  private static func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    // A block that no part's size is a multiple of, again and again.
    var state = seed
    let block = (0..<50_021).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    return Array(bytes.prefix(count))
  }

  @Test(
    "a file goes up and comes down whole, in one piece and in parts",
    arguments: [0, 1000, 12_000_000])
  func roundTrip(size: Int) async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      let path = try shell.write("in.bin", Self.content(size))
      let put = try await shell.json(
        "object put \(path) raw/d/ --part-size 5MiB --type text/x --metadata run=7")
      #expect(put["item"]?["key"]?.string == "raw/d/in.bin")
      #expect(put["item"]?["size_bytes"]?.int64 == Int64(size))
      let shown = try await shell.json("object show raw/d/in.bin")
      #expect(shown["item"]?["content_type"]?.string == "text/x")
      #expect(shown["item"]?["metadata"]?["run"]?.string == "7")
      #expect(shown["item"]?["part_count"]?.int64 == (size > 5 << 20 ? 3 : 0))
      let target = shell.folder.file("out.bin")
      let get = try await shell.json("object get raw/d/in.bin --to \(target) --part-size 5MiB")
      #expect(get["item"]?["size_bytes"]?.int64 == Int64(size))
      #expect(Files.bytes(target) == Self.content(size))
      #expect(Files.bytes(target + ".partial") == nil)
      #expect(Files.bytes(target + ".partial.json") == nil)
    }
  }

  @Test("an upload that was interrupted goes on with the parts that are right")
  func resume() async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      let bytes = Self.content(11_000_000)
      let path = try shell.write("big", bytes)
      let start = try await bench.presign("POST", "big", queries: ["uploads="])[0]
      let text = String(
        decoding: try await bench.follow(.post, start, body: []).content, as: UTF8.self)
      let id = try #require(text.firstMatch(of: /<UploadId>(.+)<\/UploadId>/)?.output.1)
      let parts = try await bench.presign(
        "PUT", "big", queries: [1, 2].map { "partNumber=\($0)&uploadId=\(id)" })
      let cut = 5 << 20
      _ = try await bench.follow(.put, parts[0], body: Array(bytes[..<cut]))
      // The second is of another file.
      _ = try await bench.follow(.put, parts[1], body: Self.content(cut, seed: 9))
      let put = try await shell.json("object put \(path) raw/big --resume --part-size 5MiB")
      #expect(put["item"]?["etag"]?.string?.hasSuffix("-3") == true)
      let target = shell.folder.file("back")
      _ = try await shell.json("object get raw/big --to \(target)")
      #expect(Files.bytes(target) == bytes)
      let left = try await shell.json("object upload list raw")
      #expect(left["items"]?.array?.isEmpty == true)
    }
  }

  @Test("a download goes on with the parts that are there, unless the object is another now")
  func resumeDownload() async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      let bytes = Self.content(11_000_000)
      let path = try shell.write("big", bytes)
      let put = try await shell.json("object put \(path) raw/big")
      let etag = try #require(put["item"]?["etag"]?.string)
      let target = shell.folder.file("back")
      func begin(_ etag: String) throws {
        // Part 1 is said to be there, and holds what was never in the object.
        var partial = Self.content(11_000_000, seed: 5)
        partial.replaceSubrange(0..<(5 << 20), with: bytes[..<(5 << 20)])
        try Files.write(partial, to: target + ".partial")
        let state =
          #"{"etag":"\"\#(etag)\"","size":11000000,"part_bytes":5242880,"done":[0]}"#
        try Files.write(state, to: target + ".partial.json")
      }
      try begin(etag)
      _ = try await shell.json("object get raw/big --to \(target) --part-size 5MiB")
      #expect(Files.bytes(target) == bytes)
      try begin("0" + etag.dropFirst())
      _ = try await shell.json("object get raw/big --to \(target) --part-size 5MiB")
      #expect(Files.bytes(target) == bytes)
    }
  }

  @Test("objects are copied, moved, restored and removed, one or many")
  func moving() async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      try await bench.make("old") { $0.versioning = .enabled }
      for key in ["d/a b", "d/c%d", "e"] { try await bench.put(key, key) }
      let copy = try await shell.json("object copy raw/d/ old/x/ --recursive")
      #expect(copy["items"]?.array?.count == 2)
      let listed = try await shell.json("object list old/ --recursive")
      #expect(listed["items"]?.array?.map { $0["key"]?.string } == ["x/a b", "x/c%d"])
      let moved = try await shell.run("object move raw/d/ raw/z/ --recursive --yes")
      #expect(moved.exit == .ok, "\(moved.errors)")
      // Between buckets: copied, then removed, and said so.
      let across = try await shell.run("object move raw/e old/e --yes")
      #expect(across.exit == .ok, "\(across.errors)")
      #expect(across.errors.contains("not at once"))
      let gone = try await shell.run("object show raw/e")
      #expect(gone.exit == .notFound)
      try await bench.put("e", "newer", bucket: "old")
      let versions = try await shell.json("object show old/e")
      let first = try #require(
        versions["item"]?["versions"]?.array?.last?["version_id"]?.string)
      _ = try await shell.json("object restore old/e --version-id \(first)")
      let back = try await shell.json("object show old/e")
      #expect(back["item"]?["size_bytes"]?.int64 == 1)
      #expect(back["item"]?["versions"]?.array?.count == 3)
      let missing = try await shell.run("object copy raw/nothing raw/x")
      #expect(missing.exit == .notFound, "\(missing.errors)")
      let deleted = try await shell.json("object delete 'raw/z/a b' raw/z/c%d --yes")
      #expect(deleted["items"]?.array?.map { $0["deleted"]?.boolean } == [true, true])
    }
  }

  @Test("what S3 refuses is told with its code")
  func refusals() async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make { $0.quotaBytes = 10 }
      try await bench.put("a", "1")
      let path = try shell.write("f", Self.content(100))
      let full = try await shell.run("object put \(path) raw/b")
      #expect(full.exit == .overLimit, "\(full.errors)")
      #expect(full.errors.contains("s3.QuotaExceeded"))
      let small = try shell.write("s", [1])
      let taken = try await shell.run("object put \(small) raw/a --if-none-match")
      #expect(taken.exit == .conflict, "\(taken.errors)")
      let missing = try await shell.run("object get raw/none --to \(path).x")
      #expect(missing.exit == .notFound, "\(missing.errors)")
      #expect(Files.bytes("\(path).x") == nil)
    }
  }

  @Test(
    "a bench measures each operation without an error, and leaves nothing behind",
    arguments: ["get", "put", "stat", "list", "delete", "mixed", "rename"])
  func benchmark(_ operation: String) async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      let answer = try await shell.json(
        "object bench --op \(operation) --objects 40 --size 1KiB --count 120 --concurrency 4"
          + " --warmup 0s --duration 20s --yes")
      let rows = try #require(answer["items"]?.array)
      #expect(rows.count == (operation == "mixed" ? 4 : 1))
      for row in rows {
        #expect(row["error_count"]?.int64 == 0, "\(row)")
        #expect((row["request_count"]?.int64 ?? 0) > 0)
        #expect((row["p99_ms"]?.double ?? 0) >= (row["p50_ms"]?.double ?? .infinity))
      }
      #expect(bench.control.allBuckets.map(\.name) == ["raw"])
    }
  }

  @Test("at a rate the bench begins no faster, and counts from when requests were due")
  func steadyRate() async throws {
    try await withObjectAdmin { bench in
      let shell = Shell(bench: bench)
      try await bench.make()
      let answer = try await shell.json(
        "object bench --op stat --objects 10 --size 1KiB --op-rate 100 --concurrency 2"
          + " --warmup 0s --duration 1s --yes")
      let count = try #require(answer["items"]?.array?.first?["request_count"]?.int64)
      #expect((50...101).contains(count))
    }
  }
}

private enum Files {
  /// Nil when there is no such file.
  static func bytes(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { return bytes }
      bytes += block[..<count]
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    #expect(fclose(file) == 0)
  }

  static func write(_ text: String, to path: String) throws {
    try self.write(Array(text.utf8), to: path)
  }
}
