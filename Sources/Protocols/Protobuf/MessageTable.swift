/// Names and numbers of a message's fields: what JSON and error messages need, built when first asked.
public final class MessageTable: Sendable {
  /// The full name: `lake.test.Scalars`.
  public let name: String
  public let fields: [Field]
  /// Index into `fields` by either name.
  private let byName: [String: Int]
  /// Index into `fields` by number, dense when the numbers are.
  private let dense: [Int16]
  private let sparse: [Int: Int]

  public struct Field: Sendable {
    public let number: Int
    /// As in the schema: `created_at`.
    public let name: String
    /// As in JSON: `createdAt`.
    public let jsonName: String
    /// Which oneof of the message it belongs to, or -1. Optional fields do not count.
    public let oneof: Int
  }

  /// `entries` is what the generator writes: a line per field, `number name`, then `@n` for a member
  /// of oneof n, then `=jsonName` where that is not the name in lower camel case.
  public init(_ name: String, _ entries: StaticString) {
    self.name = name
    self.fields = entries.description.split(separator: "\n").map { line in
      MessageTable.field(line, of: name)
    }
    var byName: [String: Int] = [:]
    for (index, field) in self.fields.enumerated() {
      byName[field.name] = index
    }
    for (index, field) in self.fields.enumerated() {
      byName[field.jsonName] = index
    }
    self.byName = byName
    let last = self.fields.map(\.number).max() ?? 0
    if last < 4 * self.fields.count + 32 {
      var dense = [Int16](repeating: -1, count: last + 1)
      for (index, field) in self.fields.enumerated() { dense[field.number] = Int16(index) }
      self.dense = dense
      self.sparse = [:]
    } else {
      self.dense = []
      self.sparse = Dictionary(
        uniqueKeysWithValues: self.fields.enumerated().map { ($1.number, $0) })
    }
  }

  private static func field(_ line: Substring, of message: String) -> Field {
    let parts = line.split(separator: " ")
    precondition(parts.count >= 2, "\(message): table line \(line)")
    guard let number = Int(parts[0]) else { preconditionFailure("\(message): table line \(line)") }
    var jsonName = lowerCamelCase(parts[1])
    if let equals = line.firstIndex(of: "=") { jsonName = String(line[equals...].dropFirst()) }
    var oneof = -1
    if parts.count > 2, parts[2].hasPrefix("@") { oneof = Int(parts[2].dropFirst()) ?? -1 }
    return Field(number: number, name: String(parts[1]), jsonName: jsonName, oneof: oneof)
  }

  /// The field of a JSON member, by its JSON name or by its name in the schema.
  public func field(named name: String) -> Field? {
    self.byName[name].map { self.fields[$0] }
  }

  public func field(_ number: Int) -> Field? {
    if !self.dense.isEmpty {
      guard number < self.dense.count, self.dense[number] >= 0 else { return nil }
      return self.fields[Int(self.dense[number])]
    }
    return self.sparse[number].map { self.fields[$0] }
  }
}

/// `foo_bar_baz` as `fooBarBaz`: an underscore goes, the letter after it is raised.
public func lowerCamelCase(_ name: some StringProtocol) -> String {
  var camel = ""
  var raises = false
  for scalar in name.unicodeScalars {
    if scalar == "_" {
      raises = true
    } else {
      camel.unicodeScalars.append(contentsOf: raises ? raised(scalar) : [scalar])
      raises = false
    }
  }
  return camel
}

private func raised(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
  guard scalar.isASCII, scalar.value >= 0x61, scalar.value <= 0x7A else { return [scalar] }
  return [Unicode.Scalar(UInt8(scalar.value - 0x20))]
}
