import Bytes
import Protobuf
import SeriesQuery

/// What a query is answered with, at both doors.
enum QueryAnswer: Sendable {
  case rows(RowAnswer)
  /// Rows as a member of a response: its number and its name in JSON.
  case member(RowAnswer, UInt8, StaticString)
  case message(any ProtobufMessage)

  func encode(to target: inout ByteWriter) {
    switch self {
    case .rows(let answer): answer.encode(to: &target)
    case .member(let answer, let number, _):
      target.append(number << 3 | 2)
      let start = target.count
      answer.encode(to: &target)
      var length = ByteWriter(capacity: 16)
      length.append(varint: UInt64(target.count - start))
      target.openGap(at: start, count: length.count)
      for (place, byte) in length.bytes.array.enumerated() {
        target.overwrite(at: start + place, littleEndian: byte)
      }
    case .message(let message): message.encode(to: &target)
    }
  }

  func encodeJSON(
    to target: inout ByteWriter, _ options: JSONEncodingOptions
  ) throws(ProtobufError) {
    switch self {
    case .rows(let answer): try answer.encodeJSON(to: &target, options)
    case .member(let answer, _, let name):
      target.append("{\"")
      target.append(name)
      target.append("\":")
      try answer.encodeJSON(to: &target, options)
      target.append("}")
    case .message(let message): try message.encodeJSON(to: &target, options)
    }
  }
}
