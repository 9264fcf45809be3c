private import Bytes
internal import JSON

/// A bucket's policy, read once and asked often. Asking is a pure function.
public struct BucketPolicy: Sendable {
  public enum Effect: String, Sendable { case allow = "Allow", deny = "Deny" }

  enum Principals: Sendable {
    case everybody
    case named([String])
  }

  struct Statement: Sendable {
    var effect: Effect
    var principals: Principals
    var excludesPrincipals = false
    var actions: [String]
    var excludesActions = false
    var resources: [String]
    var excludesResources = false
    var conditions: [PolicyCondition]
  }

  var statements: [Statement] = []

  public static let byteCountMax = 20 << 10
  static let statementMax = 1000

  /// Reads and checks a policy for a bucket: what it names must be the bucket's.
  public init(_ bytes: [UInt8], bucket: String) throws(S3Error) {
    guard bytes.count <= Self.byteCountMax else {
      throw S3Error(.malformedPolicy, "a policy of \(bytes.count) bytes, at most 20480")
    }
    let root: JSONValue
    do throws(JSONError) {
      root = try JSONValue(
        parsing: bytes.rawBytes, limits: JSONLimits(byteCountMax: Self.byteCountMax, depthMax: 16))
    } catch {
      throw S3Error(.malformedPolicy, "the policy is not JSON: \(error)")
    }
    guard let object = root.object else {
      throw S3Error(.malformedPolicy, "the policy is no object")
    }
    for name in object.names where !["Version", "Id", "Statement"].contains(name) {
      throw S3Error(.malformedPolicy, "the policy has an unknown member \(name.prefix(40))")
    }
    if let version = object["Version"]?.string, !["2012-10-17", "2008-10-17"].contains(version) {
      throw S3Error(.malformedPolicy, "Version \(version.prefix(40)) is not known")
    }
    guard let statement = object["Statement"] else {
      throw S3Error(.malformedPolicy, "the policy has no Statement")
    }
    let list = statement.array ?? [statement]
    guard (1...Self.statementMax).contains(list.count) else {
      throw S3Error(.malformedPolicy, "the policy has \(list.count) statements")
    }
    for value in list { self.statements.append(try Self.statement(value, bucket: bucket)) }
  }

  private static func statement(
    _ value: JSONValue, bucket: String
  ) throws(S3Error) -> Statement {
    guard let object = value.object else {
      throw S3Error(.malformedPolicy, "a statement is no object")
    }
    let known = [
      "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
      "NotResource", "Condition",
    ]
    for name in object.names where !known.contains(name) {
      throw S3Error(.malformedPolicy, "a statement has an unknown member \(name.prefix(40))")
    }
    guard let effect = Effect(rawValue: object["Effect"]?.string ?? "") else {
      throw S3Error(.malformedPolicy, "Effect is not Allow or Deny")
    }
    let (principal, notPrincipal) = try Self.oneOf("Principal", in: object)
    if notPrincipal, effect == .allow {
      throw S3Error(.malformedPolicy, "NotPrincipal stands with Deny only")
    }
    let (action, notAction) = try Self.oneOf("Action", in: object)
    let (resource, notResource) = try Self.oneOf("Resource", in: object)
    let actions = try Self.strings(action, "Action")
    for action in actions where !S3Action.isKnown(action) {
      throw S3Error(.malformedPolicy, "the action \(action.prefix(100)) is not known")
    }
    let resources = try Self.strings(resource, "Resource")
    for resource in resources { try Self.check(resource, bucket: bucket) }
    return Statement(
      effect: effect, principals: try Self.principals(principal),
      excludesPrincipals: notPrincipal, actions: actions.map { $0.lowercased() },
      excludesActions: notAction, resources: resources, excludesResources: notResource,
      conditions: try PolicyCondition.read(object["Condition"]))
  }

  /// A member or its negation, which must be there once.
  private static func oneOf(
    _ name: String, in object: JSONObject
  ) throws(S3Error) -> (JSONValue, Bool) {
    switch (object[name], object["Not" + name]) {
    case (let value?, nil): return (value, false)
    case (nil, let value?): return (value, true)
    case (nil, nil): throw S3Error(.malformedPolicy, "a statement has no \(name)")
    case (.some, .some): throw S3Error(.malformedPolicy, "a statement has \(name) and Not\(name)")
    }
  }

  static func strings(_ value: JSONValue, _ name: String) throws(S3Error) -> [String] {
    if let one = value.string { return [one] }
    guard let array = value.array, !array.isEmpty else {
      throw S3Error(.malformedPolicy, "\(name) is no text and no list of texts")
    }
    var texts: [String] = []
    for element in array {
      guard let text = element.string else {
        throw S3Error(.malformedPolicy, "\(name) is no text and no list of texts")
      }
      texts.append(text)
    }
    return texts
  }

  private static func principals(_ value: JSONValue) throws(S3Error) -> Principals {
    if value.string == "*" { return .everybody }
    guard let object = value.object, !object.isEmpty else {
      throw S3Error(.malformedPolicy, "Principal is not * and names nobody")
    }
    var names: [String] = []
    for member in object.members {
      guard ["AWS", "CanonicalUser", "Service", "Federated"].contains(member.name) else {
        throw S3Error(.malformedPolicy, "a Principal cannot be a \(member.name.prefix(40))")
      }
      let values = try Self.strings(member.value, "Principal")
      if member.name == "AWS", values.contains("*") { return .everybody }
      names += values
    }
    return .named(names)
  }

  /// A resource may be a pattern, but in the key only what it stands for is the bucket's.
  private static func check(_ resource: String, bucket: String) throws(S3Error) {
    if resource == "*" { return }
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", parts[2] == "s3" else {
      throw S3Error(
        .malformedPolicy,
        "Policy has invalid resource: \(resource.prefix(100)) is not arn:aws:s3:::…")
    }
    let name = parts[5].prefix { $0 != "/" }
    guard Wildcard.matches(String(name), bucket, hasQuestionMark: true) else {
      throw S3Error(
        .malformedPolicy,
        "Policy has invalid resource: \(resource.prefix(100)) is not of this bucket")
    }
  }
}
