public import JSON

/// What a call answers: a list, one thing, the result of a change, or a document.
public protocol AdminAnswer: JSONEncodable, JSONDecodable, Sendable {
  static var shape: AdminShape { get }
  static var schema: AdminSchema { get }
}

public enum AdminShape: String, Sendable {
  case list, item, change, document
}

/// Something to know that is no error.
public struct AdminWarning: AdminRecord, Hashable {
  public var code = ""
  public var message = ""

  public init() {}
  public init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }

  public static let kind = "Warning"
  public static let fields: [AdminField<AdminWarning>] = [
    .required("code", \.code, "a stable identifier"),
    .required("message", \.message, "one line for people"),
  ]
}

/// `{"items": […], "next": …, "warnings": […]}`
public struct AdminList<Item: AdminRecord>: AdminAnswer {
  public var items: [Item]
  /// Ask with this token for what follows; nil at the end.
  public var next: String?
  public var warnings: [AdminWarning]

  public init(_ items: [Item], next: String? = nil, warnings: [AdminWarning] = []) {
    self.items = items
    self.next = next
    self.warnings = warnings
  }

  public static var shape: AdminShape { .list }
  public static var schema: AdminSchema { Item.schema }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("items", self.items)
      json.member("next", self.next)
      json.member("warnings", self.warnings)
    }
  }

  public init(json: JSONCursor) throws(JSONError) {
    self.items = try json.decode("items")
    self.next = try json.decodeIfPresent("next")
    self.warnings = try json.decode("warnings", default: [])
  }
}

/// `{"item": {…}, "warnings": […]}`
public struct AdminItem<Item: AdminRecord>: AdminAnswer {
  public var item: Item
  public var warnings: [AdminWarning]

  public init(_ item: Item, warnings: [AdminWarning] = []) {
    self.item = item
    self.warnings = warnings
  }

  public static var shape: AdminShape { .item }
  public static var schema: AdminSchema { Item.schema }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("item", self.item)
      json.member("warnings", self.warnings)
    }
  }

  public init(json: JSONCursor) throws(JSONError) {
    self.item = try json.decode("item")
    self.warnings = try json.decode("warnings", default: [])
  }
}

/// `{"changed": …, "item": {…}, "job": …, "undo": …, "warnings": […]}`
public struct AdminChange<Item: AdminRecord>: AdminAnswer {
  /// False when everything was so already, and under a dry run.
  public var changed: Bool
  public var item: Item
  /// The job that does it, when it lasts.
  public var job: String?
  /// The `lakectl` line that takes it back.
  public var undo: String?
  /// Of a dry run: what would happen, a line each.
  public var plan: [AdminPlanLine]
  public var warnings: [AdminWarning]

  public init(
    _ item: Item, changed: Bool, job: String? = nil, undo: String? = nil,
    plan: [AdminPlanLine] = [], warnings: [AdminWarning] = []
  ) {
    self.changed = changed
    self.item = item
    self.job = job
    self.undo = undo
    self.plan = plan
    self.warnings = warnings
  }

  public static var shape: AdminShape { .change }
  public static var schema: AdminSchema { Item.schema }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("changed", self.changed)
      json.member("item", self.item)
      json.member("job", self.job)
      json.member("undo", self.undo)
      json.member("plan", self.plan)
      json.member("warnings", self.warnings)
    }
  }

  public init(json: JSONCursor) throws(JSONError) {
    self.changed = try json.decode("changed")
    self.item = try json.decode("item")
    self.job = try json.decodeIfPresent("job")
    self.undo = try json.decodeIfPresent("undo")
    self.plan = try json.decode("plan", default: [])
    self.warnings = try json.decode("warnings", default: [])
  }
}

/// One line of a plan: `copies`, `88.9 GiB, about 23 min`.
public struct AdminPlanLine: AdminRecord, Hashable {
  public var label = ""
  public var text = ""

  public init() {}
  public init(_ label: String, _ text: String) {
    self.label = label
    self.text = text
  }

  public static let kind = "PlanLine"
  public static let fields: [AdminField<AdminPlanLine>] = [
    .required("label", \.label, "what the line is about"),
    .required("text", \.text, "names, counts, bytes"),
  ]
}

/// A JSON document of its own form.
public struct AdminDocument: AdminAnswer {
  public var value: JSONValue

  public init(_ value: JSONValue) { self.value = value }

  public static var shape: AdminShape { .document }
  public static var schema: AdminSchema { .anything }
  public func encode(to json: inout JSONWriter) { json.value(self.value) }
  public init(json: JSONCursor) throws(JSONError) { self.value = JSONValue(json: json) }
}
