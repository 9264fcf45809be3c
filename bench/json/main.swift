private import Bytes
private import Glibc
private import JSON

// bench-json FILE...: megabytes of JSON text a second, parsed to the tape, to values, and written.

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The best of many runs in about a second.
func best(_ body: () throws -> Void) rethrows -> Double {
  var best = Double.infinity
  let end = now() + 1
  repeat {
    let start = now()
    try body()
    best = min(best, now() - start)
  } while now() < end
  return best
}

func contents(_ path: String) -> [UInt8] {
  guard let file = fopen(path, "r") else { fatalError("cannot open \(path)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&part, 1, part.count, file), count > 0 {
    bytes.append(contentsOf: part[..<count])
  }
  return bytes
}

for path in CommandLine.arguments.dropFirst() {
  let text = contents(path)
  let megabytes = Double(text.count) / 1e6
  var document = JSONDocument()
  let tape = try best { try document.parse(text.rawBytes) }
  let lenient = JSONLimits(duplicates: .keep)
  let tapeLenient = try best { try document.parse(text.rawBytes, limits: lenient) }
  let value = try JSONValue(parsing: text.rawBytes)
  let values = try best { _ = try JSONValue(parsing: text.rawBytes) }
  var bytes = ByteWriter(capacity: text.count * 2)
  let write = best {
    bytes.removeAll()
    bytes.appendJSON(value)
  }
  let copy = best {
    bytes.removeAll()
    bytes.appendJSON { $0.value(document.root) }
  }
  print("\(path): \(text.count) bytes, MB/s")
  for (name, seconds) in [
    ("parse to tape", tape), ("parse to tape, duplicates kept", tapeLenient),
    ("parse to values", values), ("write values", write), ("write from tape", copy),
  ] {
    print("  \(Int(megabytes / seconds))\t\(name)")
  }
}
