/// An enumeration: open, so that a number this version does not name is kept.
public protocol ProtobufEnum: RawRepresentable, Hashable, Sendable where RawValue == Int32 {
  init(rawValue: Int32)
  static var table: EnumTable { get }
}

extension ProtobufEnum {
  @inlinable public init() { self.init(rawValue: 0) }

  /// The name in the schema, or nil for a number it does not name.
  public var name: String? { Self.table.name(of: self.rawValue) }

  /// Whether the schema names the number.
  public var isDefined: Bool { self.name != nil }
}

/// Names and numbers of an enumeration.
public final class EnumTable: Sendable {
  public let name: String
  private let numbers: [String: Int32]
  private let names: [Int32: String]

  /// `entries` is what the generator writes: a line per value, `0 SORT_UNSPECIFIED`. The first of
  /// several names of a number is its name.
  public init(_ name: String, _ entries: StaticString) {
    self.name = name
    var numbers: [String: Int32] = [:]
    var names: [Int32: String] = [:]
    for line in entries.description.split(separator: "\n") {
      let parts = line.split(separator: " ")
      precondition(parts.count == 2, "\(name): table line \(line)")
      guard let number = Int32(parts[0]) else { preconditionFailure("\(name): table line \(line)") }
      numbers[String(parts[1])] = number
      if names[number] == nil { names[number] = String(parts[1]) }
    }
    self.numbers = numbers
    self.names = names
  }

  public func name(of number: Int32) -> String? { self.names[number] }
  public func number(of name: String) -> Int32? { self.numbers[name] }
}
