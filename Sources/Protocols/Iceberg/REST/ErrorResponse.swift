public import JSON

/// The body of every answer that is an error.
public struct ErrorResponse: Error, Hashable, Sendable, CustomStringConvertible {
  public var status: Int
  /// What clients branch on.
  public var type: ErrorType
  public var message: String
  /// Only for debugging.
  public var stack: [String]?

  public init(_ type: ErrorType, _ message: String, status: Int? = nil) {
    self.status = status ?? type.status
    self.type = type
    self.message = message
  }

  public var description: String { "\(self.status) \(self.type.rawValue): \(self.message)" }

  /// The answer to an error of this library.
  public init(_ error: IcebergError) {
    let type: ErrorType =
      switch error.code {
      case .validation: .validation
      case .illegalArgument: .illegalArgument
      case .commitFailed: .commitFailed
      default: .badRequest
      }
    self.init(type, error.message)
  }
}

/// The names of errors. Clients know them; each has a status.
public struct ErrorType: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  public static let badRequest = ErrorType(rawValue: "BadRequestException")
  public static let validation = ErrorType(rawValue: "ValidationException")
  public static let illegalArgument = ErrorType(rawValue: "IllegalArgumentException")
  public static let notAuthorized = ErrorType(rawValue: "NotAuthorizedException")
  public static let forbidden = ErrorType(rawValue: "ForbiddenException")
  public static let noSuchWarehouse = ErrorType(rawValue: "NoSuchWarehouseException")
  public static let noSuchNamespace = ErrorType(rawValue: "NoSuchNamespaceException")
  public static let noSuchTable = ErrorType(rawValue: "NoSuchTableException")
  public static let noSuchView = ErrorType(rawValue: "NoSuchViewException")
  public static let noSuchFunction = ErrorType(rawValue: "NoSuchFunctionException")
  public static let noSuchPlanID = ErrorType(rawValue: "NoSuchPlanIdException")
  public static let noSuchPlanTask = ErrorType(rawValue: "NoSuchPlanTaskException")
  public static let notFound = ErrorType(rawValue: "NotFoundException")
  public static let methodNotAllowed = ErrorType(rawValue: "MethodNotAllowedException")
  public static let unsupportedOperation = ErrorType(rawValue: "UnsupportedOperationException")
  public static let alreadyExists = ErrorType(rawValue: "AlreadyExistsException")
  public static let namespaceNotEmpty = ErrorType(rawValue: "NamespaceNotEmptyException")
  public static let commitFailed = ErrorType(rawValue: "CommitFailedException")
  public static let authenticationTimeout = ErrorType(rawValue: "AuthenticationTimeoutException")
  public static let unprocessableEntity = ErrorType(rawValue: "UnprocessableEntityException")
  public static let tooManyRequests = ErrorType(rawValue: "TooManyRequestsException")
  public static let commitStateUnknown = ErrorType(rawValue: "CommitStateUnknownException")
  public static let internalServerError = ErrorType(rawValue: "InternalServerError")
  public static let slowDown = ErrorType(rawValue: "SlowDownException")
  public static let serviceUnavailable = ErrorType(rawValue: "ServiceUnavailableException")

  private static let statuses: [ErrorType: Int] = [
    .badRequest: 400, .validation: 400, .illegalArgument: 400, .notAuthorized: 401,
    .forbidden: 403, .noSuchWarehouse: 404, .noSuchNamespace: 404, .noSuchTable: 404,
    .noSuchView: 404, .noSuchFunction: 404, .noSuchPlanID: 404, .noSuchPlanTask: 404,
    .notFound: 404, .methodNotAllowed: 405, .unsupportedOperation: 406, .alreadyExists: 409,
    .namespaceNotEmpty: 409, .commitFailed: 409, .authenticationTimeout: 419,
    .unprocessableEntity: 422, .tooManyRequests: 429, .commitStateUnknown: 500,
    .internalServerError: 500, .slowDown: 503, .serviceUnavailable: 503,
  ]

  /// 500 for a name that is not known here.
  public var status: Int { Self.statuses[self] ?? 500 }
}

extension ErrorResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let (type, message, status, stack) = try json.member("error") {
      (error) throws(JSONError) in
      (
        try error.string("type"), try error.stringIfPresent("message") ?? "",
        try error.int("code"),
        try error.memberIfPresent("stack") { (value) throws(JSONError) in
          try value.readArray { (element) throws(JSONError) in try element.readString() }
        }
      )
    }
    self.init(ErrorType(rawValue: type), message, status: status)
    self.stack = stack
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("error") { json in
        json.object { json in
          json.member("message", self.message)
          json.member("type", self.type.rawValue)
          json.member("code", self.status)
          json.member("stack", ifPresent: self.stack)
        }
      }
    }
  }
}
