public import JSON

/// A request to a store that a client wants signed.
public struct SignRequest: Hashable, Sendable {
  public var region: String
  public var uri: String
  public var method: String
  public var headers: [SignHeader]
  /// Of a delete of many objects.
  public var body: String?

  public init(
    region: String, uri: String, method: String, headers: [SignHeader] = [], body: String? = nil
  ) {
    self.region = region
    self.uri = uri
    self.method = method
    self.headers = headers
    self.body = body
  }
}

public struct SignHeader: Hashable, Sendable {
  public var name: String
  public var values: [String]

  public init(name: String, values: [String]) {
    self.name = name
    self.values = values
  }
}

public struct SignResponse: Hashable, Sendable {
  public var uri: String
  public var headers: [SignHeader]

  public init(uri: String, headers: [SignHeader]) {
    self.uri = uri
    self.headers = headers
  }
}

extension SignHeader {
  static func read(_ json: JSONCursor) throws(JSONError) -> [SignHeader] {
    guard json.kind == .object else { throw json.mismatch("an object") }
    var headers: [SignHeader] = []
    var members = json.members
    while let member = members.next() {
      let name = member.name
      do throws(JSONError) {
        headers.append(
          SignHeader(
            name: name,
            values: try member.value.readArray { (value) throws(JSONError) in
              try value.readString()
            }))
      } catch {
        throw error.inside(member: name)
      }
    }
    return headers
  }

  static func write(_ headers: [SignHeader], to json: inout JSONWriter) {
    json.object { json in
      for header in headers {
        json.name(header.name)
        header.values.encode(to: &json)
      }
    }
  }
}

extension SignRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      region: try json.string("region"), uri: try json.string("uri"),
      method: try json.string("method"),
      headers: try json.memberIfPresent("headers") { (value) throws(JSONError) in
        try SignHeader.read(value)
      } ?? [], body: try json.stringIfPresent("body"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("region", self.region)
      json.member("uri", self.uri)
      json.member("method", self.method)
      json.member("headers") { json in SignHeader.write(self.headers, to: &json) }
      json.member("body", ifPresent: self.body)
    }
  }
}

extension SignResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      uri: try json.string("uri"),
      headers: try json.member("headers") { (value) throws(JSONError) in
        try SignHeader.read(value)
      })
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("uri", self.uri)
      json.member("headers") { json in SignHeader.write(self.headers, to: &json) }
    }
  }
}
