import Glibc

/// Prints the median of five runs, in processor time: others may use the machine at the same time.
enum Timing {
  static func report(
    _ name: String, _ byteCount: Int, rounds: Int, items: Int = 1, _ body: () throws -> Void
  ) rethrows {
    var runs: [Double] = []
    let each = max(1, rounds / 5)
    for _ in 0..<5 {
      let start = self.nanoseconds()
      for _ in 0..<each { try body() }
      runs.append(self.nanoseconds() - start)
    }
    let nanoseconds = runs.sorted()[2] / Double(each)
    let rate = Double(byteCount) / nanoseconds * 1000
    let perItem = items > 1 ? ", \(Int(nanoseconds / Double(items))) ns an entry" : ""
    print("ours   \(name): \(Int(nanoseconds / 1000)) us, \(Int(rate)) MB/s\(perItem)")
  }
}

extension Timing {
  private static func nanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }
}

enum Files {
  static func write(_ bytes: RawSpan, to path: String) throws {
    guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
    defer { fclose(file) }
    bytes.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }
}
