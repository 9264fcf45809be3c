import Bytes
import Glibc
import KeyValue
import Runtime

/// A folder that goes with the test.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/kv-test-XXXXXX".utf8CString)
    self.path = String(cString: mkdtemp(&template))
  }

  deinit { removeTree(self.path) }

  func path(_ name: String) -> String { self.path + "/" + name }
}

func removeTree(_ path: String) {
  for name in names(in: path) {
    let child = path + "/" + name
    if unlink(child) != 0 { removeTree(child) }
  }
  rmdir(path)
}

func names(in path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Every file below `path`.
func files(below path: String) -> [String] {
  names(in: path).flatMap { name -> [String] in
    let child = path + "/" + name
    let inner = files(below: child)
    return inner.isEmpty && opendirSucceeds(child) ? [] : (inner.isEmpty ? [child] : inner)
  }
}

private func opendirSucceeds(_ path: String) -> Bool {
  guard let folder = opendir(path) else { return false }
  closedir(folder)
  return true
}

func content(of path: String) -> [UInt8] {
  guard let file = fopen(path, "r") else { return [] }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

func overwrite(_ path: String, with bytes: [UInt8]) {
  guard let file = fopen(path, "w") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}

func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
  let all = haystack.rawBytes
  var offset = 0
  while let start = all.firstOffset(of: needle[0], from: offset) {
    if haystack[start...].starts(with: needle) { return true }
    offset = start + 1
  }
  return false
}

/// Threads that all tests share; they end with the process.
let testPool = BlockingPool(name: "kv-test", threads: 2)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// splitmix64: what a failing test prints is enough to run it again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var z = self.state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

func testKey(_ number: UInt8) -> DataKey {
  DataKey(
    id: Array(repeating: number, count: 16), secret: Array(repeating: number ^ 0xA5, count: 32))
}

extension Store {
  /// All records of a family, in order.
  func all(_ family: Family, at snapshot: Snapshot? = nil) async throws -> [[[UInt8]]] {
    var records: [[[UInt8]]] = []
    let scan = try self.scan(in: family, at: snapshot)
    while let batch = try await scan.next(recordsMax: 100) {
      records += batch.records.map { [$0.key, $0.value] }
    }
    return records
  }

  func put(_ key: String, _ value: String, _ durability: Durability = .logged) async throws {
    var batch = WriteBatch()
    batch.put(bytes(value), for: bytes(key), in: try self.family("default"))
    try await self.commit(batch, durability)
  }

  func text(_ key: String) async throws -> String? {
    try await self.get(bytes(key), in: try self.family("default"))
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

extension Seeded {
  /// One of a few; the list is never empty.
  mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: choices.indices, using: &self)]
  }
}
