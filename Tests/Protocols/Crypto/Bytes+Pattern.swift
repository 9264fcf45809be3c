import Bytes

/// Bytes that repeat late: the same as the script that made the vectors uses.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 * 131 + 7 * ($0 >> 8)) }
}

func hex(_ text: String) -> [UInt8] {
  guard let bytes = Hexadecimal.bytes(of: text) else {
    preconditionFailure("no hexadecimal: \(text)")
  }
  return bytes
}

extension String {
  var bytes: [UInt8] { Array(self.utf8) }
}
