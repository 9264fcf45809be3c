import Bytes
import HTTP

/// A request head as values, for comparison in tests.
struct ReadHead: Equatable {
  var method: Method
  var target: String
  var path: String
  var query: String?
  var authority: String
  var form: TargetForm
  var version: Version
  var framing: RequestFraming
  var keepsAlive: Bool
  var expectsContinue: Bool
  var wantsUpgrade: Bool
  var fields: [String]
  var byteCount: Int
}

func refusal(_ text: String, limits: MessageLimits = MessageLimits()) -> HTTPError? {
  do throws(HTTPError) {
    _ = try read(text, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// Parses `text` in windows that grow by `step` bytes; nil when it is not a whole head.
func read(_ text: String, step: Int = .max, limits: MessageLimits = MessageLimits())
  throws(HTTPError) -> ReadHead?
{
  let bytes = Array(text.utf8)
  var parser = RequestParser(limits: limits)
  var end = min(step, bytes.count)
  while true {
    // A copy for each window: nothing may point into the one before.
    let window = Array(bytes[..<end])
    if let count = try parser.parse(window.rawBytes) {
      return snapshot(parser.head, window.rawBytes, count)
    }
    guard end < bytes.count else { return nil }
    end = min(end + step, bytes.count)
  }
}

private func snapshot(_ head: borrowing RequestHead, _ window: RawSpan, _ count: Int) -> ReadHead {
  func text(_ extent: Extent) -> String { extent.bytes(in: window).lossyText }
  var fields: [String] = []
  for index in 0..<head.fields.count {
    let field = head.fields[index]
    fields.append("\(text(field.nameExtent))=\(text(field.value))")
  }
  return ReadHead(
    method: head.method, target: text(head.target), path: text(head.path),
    query: head.query.map(text), authority: text(head.authority), form: head.form,
    version: head.version, framing: head.framing, keepsAlive: head.keepsAlive,
    expectsContinue: head.expectsContinue, wantsUpgrade: head.wantsUpgrade, fields: fields,
    byteCount: count)
}

/// Small, repeatable random numbers; tests print the seed.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { self.state = seed }
  mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var z = self.state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
