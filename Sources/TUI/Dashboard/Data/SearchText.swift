import CommandTable
private import Glibc

/// The texts of rows in lower case, each row ended by a zero byte, in one buffer.
struct SearchText: Sendable {
  private var bytes: [UInt8] = []
  /// Where each row ends.
  private var ends: [Int] = []

  mutating func append(_ cells: [Cell]) {
    for cell in cells {
      switch cell.current {
      case .text(let text): self.take(text)
      case .list(let texts): for text in texts { self.take(text) }
      case .null, .bytes, .integer, .real, .flag, .time, .document, .stale: continue
      }
    }
    self.bytes.append(0)
    self.ends.append(self.bytes.count)
  }

  private mutating func take(_ text: String) {
    for byte in text.utf8 where byte != 0 { self.bytes.append(Self.lowered(byte)) }
    // A word does not begin in one text and end in the next.
    self.bytes.append(0x0A)
  }

  static func lowered(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  static func pattern(_ word: String) -> [UInt8] { word.utf8.map(self.lowered) }

  /// Of `rows` those whose texts hold `word`, or do not. Letters outside ASCII must be of one case.
  func rows(_ rows: [Int32], with word: [UInt8], isWanted: Bool) -> [Int32] {
    guard !word.isEmpty else { return isWanted ? rows : [] }
    // Each row ends with a zero byte, so that it is a text of C.
    return self.bytes.withUnsafeBufferPointer { bytes in
      (word + [0]).withUnsafeBufferPointer { word in
        guard let base = bytes.baseAddress, let sought = word.baseAddress else { return [] }
        return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { base in
          sought.withMemoryRebound(to: CChar.self, capacity: word.count) { sought in
            rows.filter { row in
              let start = row == 0 ? 0 : self.ends[Int(row) - 1]
              return (strstr(base + start, sought) != nil) == isWanted
            }
          }
        }
      }
    }
  }
}
