private import Bytes
public import HTTP
internal import JSON
internal import Values

/// A request before it has a connection.
public struct AdminMessage: Sendable {
  public var method: Method
  /// Percent-encoded.
  public var path: String
  public var query: [(name: String, value: String)]
  public var body: [UInt8]?
}

extension AdminCall {
  /// The request that asks for `input`.
  public func message(_ input: Input) -> AdminMessage {
    let inPath = Set(self.route.pathNames)
    var path = ""
    for segment in self.route.path.split(separator: "/") {
      path += "/"
      guard segment.hasPrefix("{") else {
        path += segment
        continue
      }
      let name = segment.dropFirst().dropLast().prefix { $0 != "." }
      let text = Self.field(String(name))?.texts(input).first ?? ""
      var encoded = ByteWriter()
      PercentCoding.encode(Array(text.utf8).rawBytes, to: &encoded)
      path += encoded.bytes.lossyText
    }
    var message = AdminMessage(method: self.route.method, path: path, query: [], body: nil)
    let rest = Input.fields.filter { !inPath.contains("\($0.name)") }
    if self.route.hasBody {
      var writer = JSONWriter(appendingTo: ByteWriter())
      writer.object { json in
        for field in rest {
          json.name(field.name)
          field.encode(input, &json)
        }
      }
      message.body = writer.finish().bytes.array
    } else {
      for field in rest {
        for text in field.texts(input) { message.query.append(("\(field.name)", text)) }
      }
    }
    return message
  }

  private static func field(_ name: String) -> AdminField<Input>? {
    Input.fields.first { "\($0.name)" == name }
  }

  /// Names of a query that belong to every call.
  static var reserved: Set<String> { ["limit", "page_token", "dry_run"] }

  /// Puts the input together again; what does not belong to it is an error that names it.
  public func input(
    path: [(name: String, value: String)], query: [(name: String, value: String)],
    body: [UInt8]?
  ) throws(AdminError) -> Input {
    var input = Input()
    for (name, value) in path { try Self.take(&input, name, [value]) }
    let inPath = Set(path.map(\.name))
    var given: [String: [String]] = [:]
    for (name, value) in query where !Self.reserved.contains(name) {
      given[name, default: []].append(value)
    }
    for (name, values) in given.sorted(by: { $0.key < $1.key }) {
      guard !self.route.hasBody, !inPath.contains(name) else {
        throw Self.unknown("query parameter", name)
      }
      try Self.take(&input, name, values)
    }
    guard self.route.hasBody else {
      for field in Input.fields where field.isRequired {
        guard inPath.contains("\(field.name)") || given["\(field.name)"] != nil else {
          throw Self.bad("query parameter \(field.name) is missing")
        }
      }
      return input
    }
    try self.take(body, into: &input, inPath)
    return input
  }

  private func take(
    _ body: [UInt8]?, into input: inout Input, _ inPath: Set<String>
  ) throws(AdminError) {
    guard let body, !body.isEmpty else {
      for field in Input.fields where field.isRequired && !inPath.contains("\(field.name)") {
        throw Self.bad("the request has no body, and \"\(field.name)\" must be given")
      }
      return
    }
    do {
      let document = try JSONDocument(parsing: body.rawBytes)
      try self.take(document.root, into: &input, inPath)
    } catch let error as JSONError {
      throw Self.bad("\(error)")
    } catch let error as AdminError {
      throw error
    } catch {
      preconditionFailure("BUG: \(error)")
    }
  }

  private func take(_ body: JSONCursor, into input: inout Input, _ inPath: Set<String>) throws {
    var members = body.members
    while let member = members.next() {
      guard !inPath.contains(member.name), Self.field(member.name) != nil else {
        throw Self.unknown("member", member.name)
      }
    }
    try input.take(body, otherThan: inPath)
  }

  private static func take(
    _ input: inout Input, _ name: String, _ texts: [String]
  ) throws(AdminError) {
    guard let field = Self.field(name) else { throw Self.unknown("query parameter", name) }
    do {
      try field.take(&input, texts)
    } catch {
      throw Self.bad("\(name): \(error.message)")
    }
  }

  private static func bad(_ why: String) -> AdminError {
    AdminError(.badRequest, "request.bad_value", "the request cannot be understood", why: why)
  }

  private static func unknown(_ what: String, _ name: String) -> AdminError {
    let names = Input.fields.map { "\($0.name)" }
    let near = Suggestions.nearest(to: name, in: names)
    let known = near.isEmpty ? names : near
    return AdminError(
      .badRequest, "request.unknown_member", "the request cannot be understood",
      why: "there is no \(what) \(String(name.prefix(60)).debugDescription)"
        + (known.isEmpty ? "" : "; there is " + known.joined(separator: ", ")))
  }
}
