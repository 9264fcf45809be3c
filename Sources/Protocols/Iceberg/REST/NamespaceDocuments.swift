public import JSON

/// A page of namespaces.
public struct ListNamespacesResponse: Hashable, Sendable {
  public var namespaces: [Namespace]
  public var nextPageToken: String?

  public init(_ namespaces: [Namespace], nextPageToken: String? = nil) {
    self.namespaces = namespaces
    self.nextPageToken = nextPageToken
  }
}

/// A namespace and its properties: the request that creates one and the answers that show one.
public struct NamespaceDocument: Hashable, Sendable {
  public var namespace: Namespace
  public var properties: Properties

  public init(_ namespace: Namespace, properties: Properties = [:]) {
    self.namespace = namespace
    self.properties = properties
  }
}

public struct UpdateNamespacePropertiesRequest: Hashable, Sendable {
  public var removals: [String]
  public var updates: Properties

  public init(removals: [String] = [], updates: Properties = [:]) {
    self.removals = removals
    self.updates = updates
  }

  /// Names that are to be both removed and set: that is refused with status 422.
  public var contradictions: [String] { self.removals.filter { self.updates[$0] != nil } }

  /// Applies the changes and says what they did.
  public func apply(to properties: inout Properties) -> UpdateNamespacePropertiesResponse {
    var response = UpdateNamespacePropertiesResponse()
    var seen: Set<ExactText> = []
    for name in self.removals where seen.insert(ExactText(name)).inserted {
      if properties[name] == nil {
        response.missing.append(name)
      } else {
        properties[name] = nil
        response.removed.append(name)
      }
    }
    for (name, value) in self.updates.sorted {
      properties[name] = value
      response.updated.append(name)
    }
    return response
  }
}

public struct UpdateNamespacePropertiesResponse: Hashable, Sendable {
  public var updated: [String] = []
  public var removed: [String] = []
  public var missing: [String] = []

  public init() {}
}

extension ListNamespacesResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("namespaces"), nextPageToken: try json.stringIfPresent("next-page-token"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("namespaces", self.namespaces)
      json.member("next-page-token", self.nextPageToken)
    }
  }
}

extension NamespaceDocument: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("namespace"),
      properties: try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("namespace", self.namespace)
      json.member("properties", self.properties)
    }
  }
}

extension UpdateNamespacePropertiesRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      removals: try json.arrayIfPresent("removals") { (value) throws(JSONError) in
        try value.readString()
      },
      updates: try json.memberIfPresent("updates") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("removals", self.removals)
      json.member("updates", self.updates)
    }
  }
}

extension UpdateNamespacePropertiesResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.updated = try json.strings("updated")
    self.removed = try json.strings("removed")
    self.missing = try json.arrayIfPresent("missing") { (value) throws(JSONError) in
      try value.readString()
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("updated", self.updated)
      json.member("removed", self.removed)
      json.member("missing", self.missing)
    }
  }
}
