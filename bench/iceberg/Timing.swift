import Glibc

/// Prints the median of five runs.
enum Timing {
  static func report(
    _ name: String, _ byteCount: Int, rounds: Int, items: Int = 1, _ body: () throws -> Void
  ) rethrows {
    let clock = ContinuousClock()
    var runs: [Double] = []
    let each = max(1, rounds / 5)
    for _ in 0..<5 {
      let start = clock.now
      for _ in 0..<each { try body() }
      let elapsed = clock.now - start
      runs.append(
        Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9)
    }
    let nanoseconds = runs.sorted()[2] / Double(each)
    let rate = Double(byteCount) / nanoseconds * 1000
    let perItem = items > 1 ? ", \(Int(nanoseconds / Double(items))) ns an entry" : ""
    print("ours   \(name): \(Int(nanoseconds / 1000)) us, \(Int(rate)) MB/s\(perItem)")
  }
}

enum Files {
  static func write(_ bytes: RawSpan, to path: String) throws {
    guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
    defer { fclose(file) }
    bytes.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }
}
