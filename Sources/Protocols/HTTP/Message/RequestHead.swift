private import Bytes

/// The first line of a request and what its fields say about framing. Extents point into the window of
/// the parser; the target is kept as it came, because signatures cover it byte for byte.
public struct RequestHead: ~Copyable {
  public internal(set) var method = Method.get
  public internal(set) var version = Version.http11
  public internal(set) var target = Extent.empty
  public internal(set) var form = TargetForm.origin
  /// From the first slash to before the question mark, still percent-encoded. Of an absolute target
  /// without a path it is empty and means `/`; of `*` and of an authority it is empty.
  public internal(set) var path = Extent.empty
  /// Behind the question mark; nil when there is none.
  public internal(set) var query: Extent?
  /// Whether the path has percent escapes. They are all well formed.
  public internal(set) var pathHasEscapes = false
  /// Host and port: of an absolute or authority target, else of the Host field.
  public internal(set) var authority = Extent.empty
  public internal(set) var framing = RequestFraming.none
  /// Whether the connection may carry another request after this one.
  public internal(set) var keepsAlive = true
  /// The client waits for `100 Continue` before it sends the content.
  public internal(set) var expectsContinue = false
  /// Expect asks for something else: the server answers 417, or goes on as if it were not there.
  public internal(set) var hasUnknownExpectation = false
  /// `Connection: upgrade` with an Upgrade field.
  public internal(set) var wantsUpgrade = false
  public internal(set) var fields = HeaderFields()
  /// Bytes of the whole head, with the empty line.
  public internal(set) var byteCount = 0

  public init() {}

  mutating func clear() {
    self.method = .get
    self.version = .http11
    self.target = .empty
    self.form = .origin
    self.path = .empty
    self.query = nil
    self.pathHasEscapes = false
    self.authority = .empty
    self.framing = .none
    self.keepsAlive = true
    self.expectsContinue = false
    self.hasUnknownExpectation = false
    self.wantsUpgrade = false
    self.fields.removeAll()
    self.byteCount = 0
  }
}

public enum Version: UInt8, Sendable {
  case http10, http11
}

/// The four forms of RFC 9112, section 3.2.
public enum TargetForm: UInt8, Sendable {
  /// `/path?query`
  case origin
  /// `http://host/path?query`
  case absolute
  /// `host:port`, with CONNECT only
  case authority
  /// `*`, with OPTIONS only
  case asterisk
}

/// Where the content of a request ends.
public enum RequestFraming: Equatable, Sendable {
  /// Neither Content-Length nor Transfer-Encoding: there is no content.
  case none
  case length(Int64)
  case chunked
}
