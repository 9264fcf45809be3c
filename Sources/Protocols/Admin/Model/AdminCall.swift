public import HTTP

/// What a call may do to the world; see `Effect` of the command line.
public enum AdminEffect: String, Sendable {
  case reads, writes, hardToUndo, destroys
}

/// What a caller must be allowed: an access to an area.
public struct AdminPrivilege: Hashable, Sendable, CustomStringConvertible {
  public enum Access: String, Sendable, CaseIterable {
    case read, write, operate, rotate
  }

  public var area: String
  public var access: Access

  public init(_ area: String, _ access: Access) {
    self.area = area
    self.access = access
  }

  /// Anybody who is authenticated.
  public static let anyone = AdminPrivilege("self", .read)

  /// The action that policies name: `node:write`.
  public var description: String { "\(self.area):\(self.access.rawValue)" }
}

/// A route without its types: what the server's table, the tests that walk it and the OpenAPI document
/// need.
public struct AdminRoute: Sendable {
  public var method: Method
  /// `/admin/v1/nodes/{node}`.
  public var path: String
  /// `listNodes`: names the call in documents and metrics.
  public var id: String
  public var summary: String
  public var privilege: AdminPrivilege
  public var effect: AdminEffect
  public var isJob: Bool
  public var input: AdminRecordSchema
  public var shape: AdminShape
  public var answer: AdminSchema

  /// The names in the path.
  public var pathNames: [String] {
    self.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      String($0.dropFirst().dropLast().prefix { $0 != "." })
    }
  }

  /// Whether what is not in the path stands in a body.
  public var hasBody: Bool {
    switch self.method {
    case .post, .put, .patch: self.input.fields.count > self.pathNames.count
    case .get, .head, .delete, .options, .trace, .connect: false
    }
  }
}

/// One call of the admin API, typed on both sides.
public struct AdminCall<Input: AdminRecord, Answer: AdminAnswer>: Sendable {
  public let route: AdminRoute

  /// - Precondition: the names in the path are fields of the input.
  public init(
    _ method: Method, _ path: String, id: String, _ privilege: AdminPrivilege,
    effect: AdminEffect? = nil, isJob: Bool = false, _ summary: String
  ) {
    let route = AdminRoute(
      method: method, path: "/admin/v1" + path, id: id, summary: summary, privilege: privilege,
      effect: effect ?? (method == .get ? .reads : .writes), isJob: isJob,
      input: Input.recordSchema, shape: Answer.shape, answer: Answer.schema)
    for name in route.pathNames {
      precondition(route.input.fields.contains { $0.name == name }, "\(path): no field \(name)")
    }
    self.route = route
  }
}

/// Where to go on in a list; every call that answers one takes it.
public struct AdminPaging: Hashable, Sendable {
  public static let limitMax = 1000
  public static let limitDefault = 200

  public var limit: Int
  public var token: String?

  public init(limit: Int = Self.limitDefault, token: String? = nil) {
    self.limit = limit
    self.token = token
  }
}
