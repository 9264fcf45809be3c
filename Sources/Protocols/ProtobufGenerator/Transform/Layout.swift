/// Decides which sub-messages are kept behind a reference: those that would make a struct contain
/// itself, and large ones, so that copying or moving the message around them stays cheap.
final class Layout {
  private let catalog: Catalog
  /// Bytes of a sub-message that are still kept in place.
  private let inlineByteCountMax = 96
  private var reachable: [String: Set<String>] = [:]
  private var sizes: [String: Int] = [:]

  init(_ catalog: Catalog) { self.catalog = catalog }

  /// Whether the singular message field `field` of `message` is kept behind a reference.
  func isIndirect(_ field: SchemaField, in message: SchemaMessage) -> Bool {
    guard field.type == .message, field.label != .repeated else { return false }
    if field.typeName == message.fullName { return true }
    if self.targets(from: field.typeName).contains(message.fullName) { return true }
    return self.size(of: field.typeName) > self.inlineByteCountMax
  }

  /// The messages that are reached from `name` through singular fields.
  private func targets(from name: String) -> Set<String> {
    if let known = self.reachable[name] { return known }
    var found: Set<String> = []
    var waiting = [name]
    while let next = waiting.popLast() {
      for field in self.catalog.message(next)?.fields ?? []
      where field.type == .message && field.label != .repeated {
        if found.insert(field.typeName).inserted { waiting.append(field.typeName) }
      }
    }
    self.reachable[name] = found
    return found
  }

  /// About the stride of the message's struct.
  private func size(of name: String) -> Int {
    if let known = self.sizes[name] { return known }
    guard let message = self.catalog.message(name) else { return 0 }
    var size = 8
    var oneofs: [Int: Int] = [:]
    for field in message.fields {
      let bytes = self.size(of: field, in: message)
      if let oneof = field.oneof, !field.isProto3Optional {
        oneofs[oneof] = max(oneofs[oneof] ?? 0, bytes + 1)
      } else {
        size += bytes
      }
    }
    size += oneofs.values.reduce(0, +)
    self.sizes[name] = size
    return size
  }

  private func size(of field: SchemaField, in message: SchemaMessage) -> Int {
    if field.mapEntry != nil { return 16 }
    if field.label == .repeated { return 8 }
    switch field.type {
    case .string: return 16
    case .bool: return 1
    case .int32, .uint32, .sint32, .fixed32, .sfixed32, .float, .enumeration: return 4
    case .message:
      return self.isIndirect(field, in: message) ? 8 : self.size(of: field.typeName) + 1
    default: return 8
    }
  }
}
