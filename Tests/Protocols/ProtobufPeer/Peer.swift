import Bytes
import Glibc
import Protobuf
import ProtobufMessages

/// Re-encodes messages that another implementation sends on standard input:
///
///     request   4 bytes length (little endian) of what follows · 1 byte operation · payload
///               B binary to binary · J binary to JSON · P JSON to binary · O binary through `Older`
///               D path of a .proto file to its descriptor
///     reply     4 bytes length of what follows · 1 byte: 0 or 1 for an error · payload or the error
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
        try self.answer(frame, &output)
      } catch {
        output.truncate(to: start + 4)
        output.append(1)
        output.append("\(error)")
      }
      output.overwrite(at: start, littleEndian: UInt32(output.count - start - 4))
    }
    return used
  }

  private static func answer(_ frame: RawSpan, _ output: inout ByteWriter) throws(ProtobufError) {
    let payload = frame.extracting(1..<frame.byteCount)
    var decoding = JSONDecodingOptions()
    decoding.registry = self.registry
    var encoding = JSONEncodingOptions()
    encoding.registry = self.registry
    switch frame[byteAt: 0] {
    case UInt8(ascii: "B"):
      try Everything(decoding: payload).encode(to: &output)
    case UInt8(ascii: "J"):
      try Everything(decoding: payload).encodeJSON(to: &output, encoding)
    case UInt8(ascii: "P"):
      try Everything(json: payload, decoding).encode(to: &output)
    case UInt8(ascii: "O"):
      try Older(decoding: payload).encode(to: &output)
    case UInt8(ascii: "D"):
      guard let file = self.files[payload.lossyText] else {
        throw ProtobufError(.unknownType, payload.lossyText)
      }
      output.append(file.descriptor)
    default: throw ProtobufError(.malformed, "operation \(frame[byteAt: 0])")
    }
  }

  private static let registry = TypeRegistry([LakeTestEverythingSchema.file])

  private static let files: [String: FileSchema] = {
    var found: [String: FileSchema] = [:]
    for file in [LakeTestEverythingSchema.file, LakeTestLegacySchema.file] {
      found[file.path] = file
      for imported in file.imports { found[imported.path] = imported }
    }
    return found
  }()

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
