public import JSON

/// One state of a view's text.
public struct ViewVersion: Hashable, Sendable {
  public var id: Int
  public var timestampMS: Int64
  public var schemaID: Int
  public var summary: Properties
  public var representations: [ViewRepresentation]
  public var defaultCatalog: String?
  public var defaultNamespace: [String]
  public var unknown: JSONObject

  public init(
    id: Int, timestampMS: Int64, schemaID: Int, summary: Properties = [:],
    representations: [ViewRepresentation], defaultCatalog: String? = nil,
    defaultNamespace: [String]
  ) {
    self.id = id
    self.timestampMS = timestampMS
    self.schemaID = schemaID
    self.summary = summary
    self.representations = representations
    self.defaultCatalog = defaultCatalog
    self.defaultNamespace = defaultNamespace
    self.unknown = JSONObject()
  }

  /// Whether both say the same, whenever and under whatever number.
  func isSame(as other: ViewVersion) -> Bool {
    self.schemaID == other.schemaID && self.summary == other.summary
      && self.representations == other.representations
      && self.defaultCatalog == other.defaultCatalog
      && self.defaultNamespace == other.defaultNamespace
  }

  /// The dialects of its texts, in lower case.
  var dialects: Set<String> { Set(self.representations.compactMap { $0.dialect?.lowercased() }) }

  /// Checks what a version must have that is added now.
  func check() throws(IcebergError) {
    guard !self.representations.isEmpty else {
      throw .validation("a view version has at least one representation")
    }
    var dialects: Set<String> = []
    for representation in self.representations {
      guard representation.type == "sql", representation.sql != nil,
        let dialect = representation.dialect
      else {
        throw IcebergError(
          .badRequest,
          "a representation of a view is sql with a text and a dialect, not "
            + quoted(representation.type))
      }
      guard dialects.insert(dialect.lowercased()).inserted else {
        throw IcebergError(
          .illegalArgument,
          "Invalid view version: Cannot add multiple queries for dialect "
            + dialect.lowercased().prefix(100))
      }
    }
  }
}

/// The text of a view in one dialect.
public struct ViewRepresentation: Hashable, Sendable {
  public var type: String
  public var sql: String?
  public var dialect: String?
  public var unknown: JSONObject

  public init(sql: String, dialect: String) {
    self.type = "sql"
    self.sql = sql
    self.dialect = dialect
    self.unknown = JSONObject()
  }
}

extension ViewVersion: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.id = try json.int("version-id")
    self.timestampMS = try json.long("timestamp-ms")
    self.schemaID = try json.int("schema-id")
    self.summary = try json.member("summary") { (value) throws(JSONError) in
      try value.readStrings()
    }
    self.representations = try json.decode("representations")
    self.defaultCatalog = try json.stringIfPresent("default-catalog")
    self.defaultNamespace = try json.strings("default-namespace")
    self.unknown = json.unknownMembers([
      "version-id", "timestamp-ms", "schema-id", "summary", "representations", "default-catalog",
      "default-namespace",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("version-id", self.id)
      json.member("timestamp-ms", self.timestampMS)
      json.member("schema-id", self.schemaID)
      json.member("summary", self.summary)
      json.member("representations", self.representations)
      json.member("default-catalog", ifPresent: self.defaultCatalog)
      json.member("default-namespace", self.defaultNamespace)
      json.members(self.unknown)
    }
  }
}

extension ViewRepresentation: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.type = try json.string("type")
    self.sql = self.type == "sql" ? try json.string("sql") : try json.stringIfPresent("sql")
    self.dialect =
      self.type == "sql" ? try json.string("dialect") : try json.stringIfPresent("dialect")
    self.unknown = json.unknownMembers(["type", "sql", "dialect"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", self.type)
      json.member("sql", ifPresent: self.sql)
      json.member("dialect", ifPresent: self.dialect)
      json.members(self.unknown)
    }
  }
}
