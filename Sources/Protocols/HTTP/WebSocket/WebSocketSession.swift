public import Bytes
private import CWslay

/// One end of a WebSocket (RFC 6455) without its socket: bytes that arrive are given to `receive`,
/// messages come out of `nextEvent`, frames are appended to an output window.
///
/// Pings are answered and a close is echoed by itself. What breaks the protocol ends the session with a
/// close frame that says why: 1002 protocol, 1007 text that is not UTF-8, 1009 too big. Extensions are
/// not offered.
///
/// ```
/// FIN RSV×3 opcode×4 | MASK length×7 | length×16 or ×64 when 126 or 127 | mask×32 | payload
/// ```
public final class WebSocketSession {
  public enum Role: Sendable { case server, client }

  public enum Event: Equatable, Sendable {
    case text(String)
    case binary([UInt8])
    /// Already answered.
    case ping([UInt8])
    case pong([UInt8])
    /// The peer closes; nil: without a code. It was answered, unless we had closed before.
    case close(code: UInt16?, reason: String)
  }

  enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
    var isControl: Bool { self.rawValue >= 8 }
  }

  /// The largest message, after its fragments are put together.
  public let messageBytesMax: Int
  /// False when the peer has closed, or broke the protocol: nothing more will be read.
  public internal(set) var isReading = true
  /// The code of our close frame, 1005 when it had none; nil before there is one.
  public internal(set) var sentCode: UInt16?

  let role: Role
  let framer: OpaquePointer
  private let makeMask: () -> UInt32
  var inbox: [Event] = []
  private var taken = 0
  /// What a data message is, while its fragments come.
  var messageOpcode: Opcode?
  var message = ByteWriter(capacity: 0)
  var control = ByteWriter(capacity: 0)
  /// Payload of the present frame that is still to come; nil between frames.
  var frameRemaining: UInt64?

  /// - Parameter makeMask: unpredictable bits for the masks of a client; a server needs none.
  public init(
    _ role: Role, messageBytesMax: Int = 1 << 20, makeMask: @escaping () -> UInt32 = { 0 }
  ) {
    precondition(messageBytesMax > 0, "message limit \(messageBytesMax)")
    self.role = role
    self.messageBytesMax = messageBytesMax
    self.makeMask = makeMask
    guard let framer = cwslay_new() else {
      preconditionFailure("FATAL: out of memory for a WebSocket")
    }
    self.framer = framer
  }

  deinit { cwslay_free(self.framer) }

  /// Whether close frames went both ways, or the protocol was broken and our close frame says so: the
  /// connection may end once the output is sent.
  public var isOver: Bool { !self.isReading && self.sentCode != nil }

  /// The next thing that arrived.
  public func nextEvent() -> Event? {
    guard self.taken < self.inbox.count else {
      self.inbox.removeAll(keepingCapacity: false)
      self.taken = 0
      return nil
    }
    self.taken += 1
    return self.inbox[self.taken - 1]
  }

  /// Appends a message in one frame. False when the session is closing: nothing is sent then.
  public func send(text: String, to output: inout ByteWriter) -> Bool {
    var text = text
    return text.withUTF8 { self.append(.text, UnsafeRawBufferPointer($0), to: &output) }
  }

  public func send(binary bytes: RawSpan, to output: inout ByteWriter) -> Bool {
    bytes.withUnsafeBytes { self.append(.binary, $0, to: &output) }
  }

  /// At most 125 bytes are sent of `bytes`.
  public func ping(_ bytes: [UInt8] = [], to output: inout ByteWriter) -> Bool {
    bytes.prefix(125).withUnsafeBytes { self.append(.ping, $0, to: &output) }
  }

  /// Appends a close frame, unless there was one; the reason is cut to 123 bytes, between characters.
  public func close(
    _ code: WebSocketCloseCode, reason: String = "", to output: inout ByteWriter
  ) {
    self.close(code.rawValue, reason, to: &output)
  }

  func close(_ code: UInt16?, _ reason: String, to output: inout ByteWriter) {
    guard self.sentCode == nil else { return }
    var payload = ByteWriter(capacity: 125)
    if let code {
      var short = Substring(reason)
      while short.utf8.count > 123 { short.removeLast() }
      payload.append(bigEndian: code)
      payload.append(short)
    }
    _ = payload.withUnsafeBytes { self.append(.close, $0, to: &output) }
    self.sentCode = code ?? 1005
  }

  func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, to output: inout ByteWriter)
    -> Bool
  {
    guard self.sentCode == nil else { return false }
    var mask = self.role == .client ? self.makeMask() : 0
    _ = output.appendFilling(minimum: payload.count + 14) { room in
      let written = withUnsafeBytes(of: &mask) { bits in
        cwslay_write(
          self.framer, opcode.rawValue, 1,
          payload.baseAddress?.assumingMemoryBound(to: UInt8.self), payload.count,
          self.role == .client ? bits.baseAddress?.assumingMemoryBound(to: UInt8.self) : nil,
          room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count)
      }
      precondition(written > 0, "wslay refuses a frame of \(payload.count) bytes")
      return Int(written)
    }
    return true
  }
}

/// Why a WebSocket is closed.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16

  /// Traps when the code is not one that may be sent.
  public init(rawValue: UInt16) {
    precondition(Self.mayBeSent(rawValue), "close code \(rawValue)")
    self.rawValue = rawValue
  }

  /// 1004 to 1006 and 1015 say something about a close that had no frame.
  static func mayBeSent(_ code: UInt16) -> Bool {
    (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
  }

  public static let normal = Self(rawValue: 1000)
  public static let goingAway = Self(rawValue: 1001)
  public static let protocolError = Self(rawValue: 1002)
  public static let unsupportedData = Self(rawValue: 1003)
  public static let invalidPayload = Self(rawValue: 1007)
  public static let policyViolation = Self(rawValue: 1008)
  public static let tooBig = Self(rawValue: 1009)
  public static let internalError = Self(rawValue: 1011)
  public static let tryAgainLater = Self(rawValue: 1013)
}
