import Bytes
import Protobuf
import ProtobufMessages

/// Encoding and decoding of a small message and of a large one, in binary and JSON; `run.py` beside this
/// file runs Python's implementation on the same messages.
@main
struct BenchProtobuf {
  static let small = Scalars {
    $0.int32Value = 150
    $0.int64Value = 1_700_000_000_000
    $0.doubleValue = 3.25
    $0.boolValue = true
    $0.stringValue = "a text of middle length, 35 bytes.."
    $0.bytesValue = [UInt8](repeating: 7, count: 32)
    $0.color = .red
  }

  static let large = Lists { lists in
    lists.scalars = [Scalars](repeating: BenchProtobuf.small, count: 200)
    lists.int64Values = (0..<1000).map { $0 * 1_000_003 }
    lists.doubleValues = (0..<1000).map { Double($0) / 3 }
    lists.stringValues = (0..<200).map { "series-\($0).host.example" }
  }

  static func main() throws {
    try self.measure("small", self.small, rounds: 300_000)
    try self.measure("large", self.large, rounds: 1500)
  }

  private static func measure<M: ProtobufMessage>(
    _ name: String, _ message: M, rounds: Int
  ) throws {
    let binary = message.encoded()
    let json = Array(try message.json().utf8)
    var target = ByteWriter(capacity: binary.count * 2)
    var sum = 0
    self.report("\(name) encode", binary.count, rounds) {
      target.removeAll()
      message.encode(to: &target)
      sum += target.count
    }
    try self.report("\(name) decode", binary.count, rounds) {
      sum += try M(decoding: binary.rawBytes).unknownFields.isEmpty ? 1 : 0
    }
    try self.report("\(name) to JSON", json.count, rounds / 4) {
      target.removeAll()
      try message.encodeJSON(to: &target)
      sum += target.count
    }
    try self.report("\(name) from JSON", json.count, rounds / 4) {
      sum += try M(json: json.rawBytes).unknownFields.isEmpty ? 1 : 0
    }
    precondition(sum > 0)
  }

  /// The median of five runs.
  private static func report(
    _ name: String, _ byteCount: Int, _ rounds: Int, _ body: () throws -> Void
  ) rethrows {
    let clock = ContinuousClock()
    var runs: [Double] = []
    for _ in 0..<5 {
      let start = clock.now
      for _ in 0..<(rounds / 5) { try body() }
      let elapsed = clock.now - start
      runs.append(
        Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9)
    }
    let nanoseconds = runs.sorted()[2] / Double(rounds / 5)
    let rate = Double(byteCount) / nanoseconds * 1000
    print("ours    \(name): \(Int(nanoseconds)) ns, \(Int(rate)) MB/s, \(byteCount) bytes")
  }
}
