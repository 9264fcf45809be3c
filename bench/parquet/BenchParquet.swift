private import Columnar
private import Glibc

/// `bench-parquet FILE [rows] [threads]` writes the rows and prints, for run.py: seconds, peak memory,
/// and the statistics that Columnar answers.
enum BenchParquet {
  static func run(_ arguments: [String]) async {
    guard let path = arguments.first else {
      print("bench-parquet FILE [rows] [threads]; run.py compares it with pyarrow")
      exit(2)
    }
    let rows = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 5_000_000
    let threads = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 2
    do {
      let database = try Database(
        DatabaseOptions {
          $0.threads = threads
          $0.memoryBytesMax = 160 << 20
          $0.preservesOrder = false
        })
      try database.register(OrderTable(rows: rows), as: "orders")
      let session = try database.session()
      let start = ContinuousClock.now
      let files = try await session.writeParquet(
        "SELECT * FROM orders()", to: path,
        // The level that pyarrow takes when it is told "zstd".
        ParquetOptions {
          $0.compression = .zstd(level: 1)
          $0.overwrites = true
        })
      let took = ContinuousClock.now - start
      let seconds =
        Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
      print("seconds\t\(seconds)")
      print("peak\t\(peakBytes())")
      for file in files {
        print("file\t\(file.rowCount)\t\(file.byteCount)")
        for column in file.columns {
          print(
            "column\t\(column.path.joined(separator: "."))\t\(column.byteCount)\t"
              + "\(column.valueCount)\t\(column.nullCount)\t"
              + "\(column.lower?.text ?? "-")\t\(column.upper?.text ?? "-")")
        }
      }
    } catch {
      print("bench-parquet stopped: \(error)")
      exit(1)
    }
  }

  /// The most memory that the process ever had, by the kernel's high-water mark.
  private static func peakBytes() -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
      let text = line.withUnsafeBufferPointer {
        String(cString: $0.baseAddress.unsafelyUnwrapped)  // The array is not empty.
      }
      guard text.hasPrefix("VmHWM:") else { continue }
      return (Int(text.filter(\.isNumber)) ?? 0) * 1024
    }
    return 0
  }
}
