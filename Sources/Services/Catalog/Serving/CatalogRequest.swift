import Bytes
import Compression
import HTTP
import HTTPServing
import Iceberg
import JSON

/// One request with who sends it and which warehouse it is about.
struct CatalogRequest {
  let exchange: HTTPExchange
  let warehouse: Warehouse
  var caller: Caller
  /// Nil while the body was not read.
  var body: [UInt8]?
  private let parameters: [String]
  private let separator: String?

  static let bodyBytesMax = 32 << 20

  /// - Parameters:
  ///   - parameters: of the path, behind the prefix.
  ///   - separator: between the levels of a namespace, besides the unit separator.
  init(
    _ exchange: HTTPExchange, _ warehouse: Warehouse, _ caller: Caller, parameters: [String],
    separator: String? = nil
  ) {
    self.exchange = exchange
    self.warehouse = warehouse
    self.caller = caller
    self.parameters = parameters
    self.separator = separator
  }

  // MARK: Path

  /// The namespace of the path: its first parameter.
  func namespace() throws(IcebergError) -> Namespace { try self.namespace(self.parameters[0]) }

  func namespace(_ segment: String) throws(IcebergError) -> Namespace {
    try Namespace(segment: segment, advertisedSeparator: self.separator)
  }

  /// The table or view of the path: its first two parameters.
  func identifier() throws(IcebergError) -> TableIdentifier {
    let identifier = TableIdentifier(try self.namespace(), self.parameters[1])
    try CatalogName.check(identifier.name)
    return identifier
  }

  func parameter(_ index: Int) -> String { self.parameters[index] }

  /// A segment of a path as text: blanks may come as plus signs, as one client writes them.
  static func text(_ segment: RawSpan) throws(IcebergError) -> String {
    guard let text = PercentCoding.text(segment, plus: .blank) else {
      throw IcebergError(.badRequest, "a segment of the path is not percent-encoded UTF-8")
    }
    return text
  }

  // MARK: Query

  /// The value of a parameter that may be given once; two equal ones count as one.
  func query(_ name: String) throws -> String? {
    var found: String?
    for pair in try QueryString.pairs(self.exchange.query) where pair.name == name {
      if let found, found != pair.value {
        throw IcebergError(.badRequest, "parameter \(name) is given twice with different values")
      }
      found = pair.value
    }
    return found
  }

  func flag(_ name: String) throws -> Bool {
    guard let text = try self.query(name) else { return false }
    switch text.lowercased() {
    case "true", "1": return true
    case "false", "0", "": return false
    default:
      throw IcebergError(
        .badRequest, "parameter \(name) is true or false, not \(text.prefix(80).debugDescription)")
    }
  }

  // MARK: Headers

  var delegation: Delegation {
    self.exchange.fieldText(.xIcebergAccessDelegation).map { Delegation(header: $0) }
      ?? Delegation()
  }

  func loadMode() throws -> LoadMode {
    var mode = LoadMode()
    mode.delegation = self.delegation
    if let text = try self.query("snapshots") {
      guard let snapshots = LoadMode.Snapshots(rawValue: text) else {
        throw IcebergError(
          .badRequest,
          "parameter snapshots is all or refs, not \(text.prefix(80).debugDescription)")
      }
      mode.snapshots = snapshots
    }
    try self.checkReferences()
    return mode
  }

  /// The chain of views that a table is loaded through: at most ten. It gives no rights.
  private func checkReferences() throws {
    guard let text = try self.query("referenced-by"), !text.isEmpty else { return }
    let views = text.split(separator: ",", omittingEmptySubsequences: false)
    guard views.count <= 10, !views.contains(where: \.isEmpty) else {
      throw IcebergError(.badRequest, "parameter referenced-by names 1 to 10 views")
    }
  }

  // MARK: Body

  /// Reads the body, which must be JSON by what it says of itself.
  mutating func readBody() async throws {
    guard self.body == nil else { return }
    if let type = self.exchange.fieldText(.contentType) {
      let name = type.prefix { $0 != ";" }.trimmingBlanks.lowercased()
      guard name == "application/json" || name.hasSuffix("+json") else {
        throw ErrorResponse(
          .badRequest, "The body is application/json, not \(name.prefix(80))", status: 415)
      }
    }
    let received = try await self.exchange.collectBody(limit: Self.bodyBytesMax)
    self.body = try self.decoded(received)
  }

  private func decoded(_ received: [UInt8]) throws -> [UInt8] {
    guard let coding = self.exchange.fieldText(.contentEncoding)?.lowercased(),
      coding != "identity"
    else { return received }
    guard coding == "gzip" else {
      throw ErrorResponse(
        .badRequest, "The content coding \(coding.prefix(40)) is not understood", status: 415)
    }
    var plain = ByteWriter(capacity: received.count * 4)
    do {
      try Compression.gzip.decompress(
        received.rawBytes, to: &plain, byteCountMax: Self.bodyBytesMax)
    } catch {
      throw error.code == .tooLarge
        ? ErrorResponse(
          .badRequest, "The body has more than \(Self.bodyBytesMax) bytes", status: 413)
        : ErrorResponse(.badRequest, "The body is not gzip: \(error)")
    }
    return plain.bytes.array
  }

  func decode<T: JSONDecodable>(_ type: T.Type = T.self) throws(IcebergError) -> T {
    guard let body, !body.isEmpty else {
      throw IcebergError(.badRequest, "the body is empty at byte 0; a JSON object is due")
    }
    return try IcebergDocument.parse(body.rawBytes)
  }
}
