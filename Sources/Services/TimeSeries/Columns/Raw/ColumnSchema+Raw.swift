public import Bytes

// Descriptions of columns and orders as parts, journals and messages hold them:
//
//   columns   varint count, then each: text name, 1 byte type, 1 byte index
//   orders    varint count, then each: text name, text key, varint count and texts of the prefix
//
// A text is a varint length and UTF-8.

/// What a client may have at most in one table.
private let columnsMax = 1 << 20
private let ordersMax = 1 << 16

extension ColumnIndex {
  public var rawValue: UInt8 {
    switch self {
    case .none: 0
    case .skipping: 1
    case .inverted(let analyzer): 2 + analyzer.rawValue
    }
  }

  public init?(rawValue: UInt8) {
    switch rawValue {
    case 0: self = .none
    case 1: self = .skipping
    default:
      guard let analyzer = Analyzer(rawValue: rawValue - 2) else { return nil }
      self = .inverted(analyzer)
    }
  }
}

extension ByteWriter {
  public mutating func append(counted text: String) {
    self.append(varint: UInt64(text.utf8.count))
    self.append(text)
  }

  public mutating func append(_ columns: [ColumnSchema]) {
    self.append(varint: UInt64(columns.count))
    for column in columns {
      self.append(counted: column.name)
      self.append(column.type.rawValue)
      self.append(column.index.rawValue)
    }
  }

  mutating func append(_ orders: [OrderSchema]) {
    self.append(varint: UInt64(orders.count))
    for order in orders {
      self.append(counted: order.name)
      self.append(counted: order.key)
      self.append(varint: UInt64(order.prefix.count))
      for name in order.prefix { self.append(counted: name) }
    }
  }
}

extension DirectoryReader {
  public mutating func columns() throws(ColumnError) -> [ColumnSchema] {
    var columns: [ColumnSchema] = []
    for _ in 0..<(try self.count(upTo: columnsMax)) {
      let name = try self.text()
      guard let type = ColumnType(rawValue: try self.byte()),
        let index = ColumnIndex(rawValue: try self.byte())
      else { throw ColumnError("the column \(name) is of an unknown type or index") }
      columns.append(ColumnSchema(name, type, index: index))
    }
    return columns
  }

  mutating func orders() throws(ColumnError) -> [OrderSchema] {
    var orders: [OrderSchema] = []
    for _ in 0..<(try self.count(upTo: ordersMax)) {
      let name = try self.text()
      let key = try self.text()
      var prefix: [String] = []
      for _ in 0..<(try self.count(upTo: ordersMax)) { prefix.append(try self.text()) }
      orders.append(OrderSchema(name: name, prefix: prefix, key: key))
    }
    return orders
  }
}
