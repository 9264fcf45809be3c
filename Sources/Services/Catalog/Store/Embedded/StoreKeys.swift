import Bytes
import Iceberg
import KeyValue
import Values

// Keys of the family "names". Names hold no control characters, so that 0x00 ends a part and 0x1F stands
// between the levels of a namespace; numbers are big-endian.
//
//   'W' warehouse                                    → WarehouseRecord
//   'N' warehouse 00 parent levels 00 level          → NamespaceRecord
//   'O' warehouse 00 namespace levels 00 name        → kind (1 byte), id (16 bytes)
//   'P' id (16 bytes)                                → ObjectRecord
//   'L' warehouse 00 location '/'                    → id (16 bytes)
//   'D' warehouse 00 id (16 bytes)                   → nothing: a dropped object that is held
//   'K' name                                         → a setting that the store has drawn itself
//   'S'                                              → number of the last event (8 bytes)
//
// Family "documents":  id (16 bytes)                 → DocumentHeader and the document
// Family "requests":   warehouse 00 principal 00 key (16 bytes) → RequestRecord
// Family "events":     number (8 bytes)              → CatalogEvent
// Family "files":      metadata location             → HeldFileRow: a file that may not be durable yet
// Family "statistics": id (16 bytes), time in ms (8)  → TableSize
//
// Records are JSON objects; members that a reader does not know are left alone.
enum StoreKeys {
  static let lastEvent: [UInt8] = [UInt8(ascii: "S")]

  static func setting(_ name: String) -> [UInt8] { [UInt8(ascii: "K")] + Array(name.utf8) }

  static func warehouse(_ name: String) -> [UInt8] { [UInt8(ascii: "W")] + Array(name.utf8) }

  static func namespace(_ namespace: Namespace, in warehouse: String) -> [UInt8] {
    self.namespaces(below: namespace.parent, in: warehouse)
      + Array((namespace.levels.last ?? "").utf8)
  }

  /// What the keys of the direct children of a namespace begin with.
  static func namespaces(below parent: Namespace?, in warehouse: String) -> [UInt8] {
    self.key("N", warehouse, self.path(parent))
  }

  static func name(_ identifier: TableIdentifier, in warehouse: String) -> [UInt8] {
    self.names(in: identifier.namespace, of: warehouse) + Array(identifier.name.utf8)
  }

  static func names(in namespace: Namespace, of warehouse: String) -> [UInt8] {
    self.key("O", warehouse, self.path(namespace))
  }

  static func object(_ id: ObjectID) -> [UInt8] { self.key("P", id: id) }

  static func location(_ location: Location, in warehouse: String) -> [UInt8] {
    self.locations(in: warehouse) + Array(location.folded.description.utf8) + [UInt8(ascii: "/")]
  }

  static func locations(in warehouse: String) -> [UInt8] { self.key("L", warehouse) }

  static func dropped(_ id: ObjectID, in warehouse: String) -> [UInt8] {
    self.dropped(in: warehouse) + self.bytes(id)
  }

  static func dropped(in warehouse: String) -> [UInt8] { self.key("D", warehouse) }

  static func document(_ id: ObjectID) -> [UInt8] { self.bytes(id) }

  static func request(_ key: RequestKey) -> [UInt8] {
    Array(key.warehouse.utf8) + [0] + Array(key.principal.utf8) + [0] + self.bytes(key.key)
  }

  static func event(_ number: Int64) -> [UInt8] { self.bytes(number) }

  static func statistics(_ id: ObjectID, atMS: Int64 = 0) -> [UInt8] {
    self.bytes(id) + self.bytes(max(0, atMS))
  }

  // MARK: Parts

  private static func key(_ tag: StaticString, _ parts: String...) -> [UInt8] {
    var key = [tag.utf8Start[0]]
    for part in parts {
      key += part.utf8
      key.append(0)
    }
    return key
  }

  private static func key(_ tag: StaticString, id: ObjectID) -> [UInt8] {
    [tag.utf8Start[0]] + self.bytes(id)
  }

  private static func path(_ namespace: Namespace?) -> String {
    namespace?.levels.joined(separator: "\u{1F}") ?? ""
  }

  static func bytes(_ id: ObjectID) -> [UInt8] {
    self.bytes(Int64(bitPattern: id.high)) + self.bytes(Int64(bitPattern: id.low))
  }

  static func bytes(_ number: Int64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  static func number(_ bytes: some Collection<UInt8>) -> Int64? {
    guard bytes.count == 8 else { return nil }
    return Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  static func id(_ bytes: some Collection<UInt8>) -> ObjectID? {
    guard bytes.count == 16 else { return nil }
    func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
      bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
    return ObjectID(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
  }
}

/// The row of a name.
struct NameRow {
  var kind: ObjectKind
  var id: ObjectID

  var bytes: [UInt8] { [self.kind.rawValue] + StoreKeys.bytes(self.id) }

  init(_ kind: ObjectKind, _ id: ObjectID) {
    self.kind = kind
    self.id = id
  }

  init(_ bytes: [UInt8]) throws(CatalogStoreError) {
    guard let first = bytes.first, let kind = ObjectKind(rawValue: first),
      let id = StoreKeys.id(bytes.dropFirst())
    else { throw CatalogStoreError(.damaged, "the row of a name has \(bytes.count) bytes") }
    self.init(kind, id)
  }
}
