import Bytes
import Crypto
import Fuzzing
import Link
import Protobuf
import ProtobufMessages

extension FuzzTarget {
  /// What is read is written and read again as the same.
  static let protobuf = FuzzTarget(
    "protobuf", seeds: [[0x08, 0x96, 0x01], [0x12, 0x03, 0x61, 0x62, 0x63], [0x0B, 0x0C]]
  ) { input in
    guard let message = try? Everything(decoding: input) else { return }
    let written = message.encoded()
    let again = try Everything(decoding: written.rawBytes)
    try Fuzzer.require(again.encoded() == written, "written differently the second time")
  }

  /// Any bytes are a frame, an error or too few.
  static let link = FuzzTarget(
    "link-frame", seeds: [[UInt8](repeating: 0, count: 48), [UInt8](repeating: 1, count: 99)]
  ) { input in
    let frameMax = 1 << 16
    guard
      case .frame(let header)? = try? LinkFrameScanner.next(
        in: input, frameByteCountMax: frameMax)
    else { return }
    _ = try? LinkFrameScanner.plain(
      input.extracting(48..<Int(header.size)), of: header, frameByteCountMax: frameMax)
  }

  /// A header that is read is printed and read again as the same.
  static let sigv4 = FuzzTarget(
    "sigv4",
    texts: [
      "AWS4-HMAC-SHA256 Credential=AK/20130524/us-east-1/s3/aws4_request, "
        + "SignedHeaders=host;x-amz-date, Signature=f0e8"
    ],
    words: ["Credential=", "SignedHeaders=", "Signature=", "aws4_request", ", ", ";"]
  ) { input in
    _ = try? SigV4Presigned(query: input)
    guard let read = try? SigV4Authorization(header: input) else { return }
    let again = try? SigV4Authorization(header: Array(read.headerValue.utf8).rawBytes)
    try Fuzzer.require(again == read, "\(read) reads back as \(String(describing: again))")
  }
}
