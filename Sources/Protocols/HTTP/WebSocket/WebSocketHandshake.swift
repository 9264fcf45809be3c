public import Bytes
private import Crypto

/// The HTTP half of a WebSocket: RFC 6455, section 4.
public enum WebSocketHandshake {
  public static let version: StaticString = "13"
  private static let suffix: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  /// Checks a request for an upgrade and returns the value of Sec-WebSocket-Accept.
  ///
  /// Throws 426 when no upgrade to a WebSocket of version 13 is asked for (the answer carries `Upgrade:
  /// websocket` and `Sec-WebSocket-Version: 13`), 400 when the request is no valid one.
  public static func accept(_ head: borrowing RequestHead, _ window: RawSpan) throws(HTTPError)
    -> String
  {
    guard head.wantsUpgrade, Self.lists("websocket", .upgrade, head, window) else {
      throw HTTPError(
        .upgradeRequired, .upgradeRequired, "this path speaks WebSocket: Upgrade is missing")
    }
    guard head.method == .get, !head.framing.hasContent else {
      throw HTTPError(
        .badRequest, .badHandshake, "a WebSocket is opened by a GET without content")
    }
    guard let asked = head.fields.value(of: .secWebsocketVersion, in: window),
      asked.isEqual(to: Self.version)
    else {
      throw HTTPError(
        .upgradeRequired, .upgradeRequired, "only version 13 of WebSocket is spoken here")
    }
    guard head.fields.count(of: .secWebsocketKey) == 1,
      let key = head.fields.value(of: .secWebsocketKey, in: window),
      Base64.bytes(of: key.lossyText)?.count == 16
    else {
      throw HTTPError(
        .badRequest, .badHandshake, "Sec-WebSocket-Key is not Base64 of 16 bytes, once")
    }
    return Self.acceptValue(for: key)
  }

  /// What a server answers to a key.
  public static func acceptValue(for key: RawSpan) -> String {
    var text = ByteWriter(capacity: 64)
    text.append(key)
    text.append(Self.suffix)
    return Base64.text(of: SHA1.digest(of: text.bytes).bytes)
  }

  /// The first of our subprotocols, in lower case, that the client offers.
  public static func subprotocol(
    _ head: borrowing RequestHead, _ window: RawSpan, ours: [StaticString]
  ) -> StaticString? {
    ours.first { Self.lists($0, .secWebsocketProtocol, head, window) }
  }

  private static func lists(
    _ word: StaticString, _ name: FieldName, _ head: borrowing RequestHead, _ bytes: RawSpan
  ) -> Bool {
    bytes.withUnsafeBytes { buffer in
      let window = Window(buffer)
      for index in 0..<head.fields.count where head.fields[index].name == name {
        var rest = head.fields[index].value.range
        while !rest.isEmpty {
          let comma = window.first(UInt8(ascii: ","), in: rest) ?? rest.upperBound
          if window.matches(word, window.trimmed(rest.lowerBound..<comma)) { return true }
          rest = Swift.min(comma + 1, rest.upperBound)..<rest.upperBound
        }
      }
      return false
    }
  }

  /// Appends the answer that begins the WebSocket.
  public static func appendAccepted(
    _ accept: String, subprotocol: StaticString?, to output: inout ByteWriter
  ) {
    output.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
    output.append("Connection: Upgrade\r\n")
    output.append(field: .secWebsocketAccept, accept)
    if let subprotocol { output.append(field: .secWebsocketProtocol, subprotocol) }
    output.appendHeadEnd()
  }

  /// Appends a client's request. `key` is Base64 of 16 random bytes.
  public static func appendRequest(
    target: String, host: String, key: String, fields: [(name: String, value: String)] = [],
    to output: inout ByteWriter
  ) {
    output.append("GET ")
    output.append(target)
    output.append(" HTTP/1.1\r\n")
    output.append(field: .host, host)
    output.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
    output.append(field: .secWebsocketKey, key)
    for field in fields { output.append(fieldNamed: field.name, field.value) }
    output.appendHeadEnd()
  }

  /// Whether a server's answer accepts the key.
  public static func isAccepted(
    _ head: borrowing ResponseHead, _ window: RawSpan, key: String
  ) -> Bool {
    guard head.status == .switchingProtocols,
      let accept = head.fields.value(of: .secWebsocketAccept, in: window),
      let upgrade = head.fields.value(of: .upgrade, in: window)
    else { return false }
    let isWebSocket = upgrade.withUnsafeBytes {
      Window($0).matches("websocket", 0..<$0.count)
    }
    return isWebSocket && accept.isEqual(toText: Self.acceptValue(for: Array(key.utf8).rawBytes))
  }
}
