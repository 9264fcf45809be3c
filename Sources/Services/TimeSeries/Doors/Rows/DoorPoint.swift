import Bytes
import SeriesModel

/// A moment of a series as it came through a door: names and values are ranges of `bytes`. Used again for
/// the next one, so that a point costs no allocation.
struct DoorPoint: ~Copyable {
  struct Tag {
    var key: Range<Int>
    var value: Range<Int>
  }

  enum Value {
    case float(Double)
    case integer(Int64)
    case boolean(Bool)
    case text(Range<Int>)

    /// As what the schema has it. A truth value is kept as the integer 0 or 1.
    var type: SeriesType {
      switch self {
      case .float: .float
      case .integer, .boolean: .int
      case .text: .string
      }
    }
  }

  struct Field {
    var key: Range<Int>
    var value: Value
  }

  var bytes = ByteWriter(capacity: 1024)
  var name = 0..<0
  var tags: [Tag] = []
  var fields: [Field] = []
  /// Nanoseconds since 1970; nil: now.
  var time: Int64?

  mutating func removeAll() {
    self.bytes.removeAll()
    self.name = 0..<0
    self.tags.removeAll(keepingCapacity: true)
    self.fields.removeAll(keepingCapacity: true)
    self.time = nil
  }

  /// Text for messages and schemas.
  func text(_ range: Range<Int>) -> String { self.bytes.bytes.extracting(range).lossyText }
}
