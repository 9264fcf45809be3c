import JSON
import Values

/// Whose request it is: the same key of another caller is another request.
struct RequestKey: Hashable, Sendable {
  var warehouse: String
  var principal: String
  var key: ObjectID

  init(warehouse: String, principal: String, key: ObjectID) {
    self.warehouse = warehouse
    self.principal = principal
    self.key = key
  }
}

/// What a request with an idempotency key came to. Written together with its effect.
struct RequestRecord: Hashable, Sendable {
  var key: RequestKey
  /// SHA-256 of method, path, query and body, in hexadecimal.
  var fingerprint: String
  var createdAtMS: Int64
  var status: Int
  var answer: Answer

  enum Answer: Hashable, Sendable {
    case nothing
    case body(String)
    /// What the entry is now, under whatever name.
    case object(ObjectID)
  }

  init(
    _ key: RequestKey, fingerprint: String, createdAtMS: Int64, status: Int, answer: Answer
  ) {
    self.key = key
    self.fingerprint = fingerprint
    self.createdAtMS = createdAtMS
    self.status = status
    self.answer = answer
  }
}

extension RequestRecord: JSONEncodable {
  /// The key is that of the row.
  init(_ key: RequestKey, json: JSONCursor) throws(JSONError) {
    let answer: Answer
    if let body: String = try json.decodeIfPresent("body") {
      answer = .body(body)
    } else if json.member("object") != nil {
      answer = .object(try json.uuid("object"))
    } else {
      answer = .nothing
    }
    self.init(
      key, fingerprint: try json.decode("fingerprint"),
      createdAtMS: try json.decode("created-at-ms"), status: try json.decode("status"),
      answer: answer)
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("fingerprint", self.fingerprint)
      json.member("created-at-ms", self.createdAtMS)
      json.member("status", self.status)
      switch self.answer {
      case .nothing: break
      case .body(let body): json.member("body", body)
      case .object(let id): json.member("object", id.description)
      }
    }
  }
}
