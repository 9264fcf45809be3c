import Bytes
import Fuzzing
import Glibc

// lakefuzz runs one parser over damaged input, in one of two ways.
//
// The seeded mutator:
//   LAKE_ONLY=lakefuzz swift build --product lakefuzz
//   .build/debug/lakefuzz                      the names of the targets
//   FUZZ_SECONDS=60 .build/debug/lakefuzz json
//   .build/debug/lakefuzz json FILE...         these inputs and nothing else
//
// libFuzzer, which sees what code an input reaches and grows a corpus:
//   LAKE_ONLY=lakefuzz swift build --product lakefuzz --sanitize=fuzzer \
//     -Xswiftc -DLIBFUZZER --scratch-path .build/fuzzer
//   LAKE_FUZZ=json .build/fuzzer/debug/lakefuzz -max_total_time=60 CORPUS

#if LIBFUZZER
  private let chosen: FuzzTarget = {
    let name = getenv("LAKE_FUZZ").map { String(cString: $0) } ?? ""
    guard let target = Targets.named(name) else {
      fatalError("LAKE_FUZZ is \"\(name)\"; there are \(Targets.all.map(\.name))")
    }
    return target
  }()

  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    do {
      try chosen.check(input)
    } catch {
      fatalError("\(error)")
    }
    return 0
  }
#else
  @main
  enum LakeFuzz {
    static func main() throws {
      let arguments = CommandLine.arguments.dropFirst()
      guard let name = arguments.first, let target = Targets.named(name) else {
        for target in Targets.all { print(target.name) }
        if let name = arguments.first { fatalError("no target \(name)") }
        return
      }
      let files = arguments.dropFirst()
      for file in files {
        let input = try contents(file)
        try target.check(input)
        print("\(file): fine")
      }
      guard files.isEmpty else { return }
      do {
        let count = try target.run(iterations: .max / 4, seconds: 60)
        print("\(name): \(count) inputs, all fine")
      } catch {
        print(error)
        exit(1)
      }
    }

    private static func contents(_ path: String) throws -> [UInt8] {
      guard let file = fopen(path, "r") else {
        fatalError("cannot open \(path): \(String(cString: strerror(errno)))")
      }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = fread(&part, 1, part.count, file), count > 0 {
        bytes.append(contentsOf: part[..<count])
      }
      return bytes
    }
  }
#endif
