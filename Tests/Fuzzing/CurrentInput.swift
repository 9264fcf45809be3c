private import Glibc

/// The input being parsed, in a mapped file: it survives a trap without a system call per input.
///
/// The file is named in the line that a crash prints, and is removed when the run ends well.
final class CurrentInput {
  private let mapping: UnsafeMutableRawPointer?
  private let capacity: Int
  private let path: String
  private let watch: CrashWatch.Slot

  init(name: String, seed: UInt64, maximumByteCount: Int) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let unique = UInt64.random(in: 0...0xFFFF_FFFF)
    let label = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    self.path = "\(folder)/fuzz-\(label)-\(getpid())-\(unique).input"
    self.capacity = max(maximumByteCount, 1 << 20)
    self.mapping = Self.map(self.path, byteCount: self.capacity)
    self.watch = CrashWatch.register(
      message: "fuzz \(name): crashed or stuck in input %, kept in \(self.path)\n"
        + "  replay: FUZZ_SEED=\(seed) FUZZ_FIRST=% FUZZ_ITERATIONS=1\n",
      path: self.path)
  }

  func begin(_ iteration: Int, _ input: [UInt8]) {
    let count = min(input.count, self.capacity)
    self.watch.begin(iteration, byteCount: count)
    guard let mapping = self.mapping else { return }
    input.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: mapping, count: self.capacity)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }

  func close() {
    self.watch.end()
    if let mapping = self.mapping { munmap(mapping, self.capacity) }
    unlink(self.path)
  }

  private static func map(_ path: String, byteCount: Int) -> UnsafeMutableRawPointer? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { return nil }
    defer { Glibc.close(descriptor) }
    guard ftruncate(descriptor, byteCount) == 0 else { return nil }
    let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    return mapped == MAP_FAILED ? nil : mapped
  }
}
