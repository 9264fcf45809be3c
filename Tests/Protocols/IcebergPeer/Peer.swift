import Bytes
import Glibc

/// Answers what another implementation asks on standard input:
///
///     request   4 bytes length (little endian) of what follows · 1 byte operation · payload
///     reply     4 bytes length of what follows · 1 byte: 0 or 1 for an error · payload or the error
///
/// The operations are in `Operations.swift`.
@main
struct Peer {
  static func main() {
    var input = [UInt8]()
    var output = ByteWriter()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(0, &chunk, chunk.count)
      guard count > 0 else { return }
      input += chunk[..<count]
      let used = self.answer(input, &output)
      input.removeFirst(used)
      self.send(&output)
    }
  }

  /// Answers the whole requests in `input`; how many bytes they took.
  private static func answer(_ input: [UInt8], _ output: inout ByteWriter) -> Int {
    var reader = ByteReader(input.rawBytes)
    var used = 0
    while let length = reader.littleEndian(UInt32.self), let frame = reader.take(Int(length)) {
      used = reader.offset
      let start = output.count
      output.append(littleEndian: UInt32(0))
      do {
        output.append(0)
        try Operations.answer(frame[byteAt: 0], frame.extracting(1..<frame.byteCount), &output)
      } catch {
        output.truncate(to: start + 4)
        output.append(1)
        output.append("\(error)")
      }
      output.overwrite(at: start, littleEndian: UInt32(output.count - start - 4))
    }
    return used
  }

  private static func send(_ output: inout ByteWriter) {
    var sent = 0
    output.withUnsafeBytes { bytes in
      while sent < bytes.count {
        let count = write(1, bytes.baseAddress.unsafelyUnwrapped + sent, bytes.count - sent)
        guard count > 0 else { exit(1) }
        sent += count
      }
    }
    output.removeAll()
  }
}
