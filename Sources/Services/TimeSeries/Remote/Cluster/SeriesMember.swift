import Bytes
import Cluster
import SeriesColumns
package import Values

// A node of the time series as a fact: series/node/NAME. Little-endian:
//
//   1 byte form 1; 1 byte roles (bit 0 rows, bit 1 doors); 8 bytes start in milliseconds
//   text link; text gRPC; text HTTP; varint labels, each two texts

/// A node of the time series. Its record stays while it is away.
package struct SeriesMember: Sendable, Hashable {
  static let prefix = "series/node/"
  private static let form: UInt8 = 1

  package var name: String
  package var keepsRows: Bool
  package var hasDoors: Bool
  /// When it was started: what others knew of an earlier start is over.
  package var startedAt: WallTime
  /// How nodes and clients reach it; empty when they cannot.
  package var link = ""
  package var grpc = ""
  package var http = ""
  package var labels: [String: String] = [:]

  package init(name: String, keepsRows: Bool, hasDoors: Bool, startedAt: WallTime) {
    self.name = name
    self.keepsRows = keepsRows
    self.hasDoors = hasDoors
    self.startedAt = startedAt
  }

  static func key(_ name: String) -> FactKey { FactKey(self.prefix + name) }

  var stamp: UInt64 { UInt64(clamping: self.startedAt.nanoseconds / 1_000_000) }

  var value: [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.append(Self.form)
    writer.append((self.keepsRows ? 1 : 0) | (self.hasDoors ? 2 : 0) as UInt8)
    writer.append(littleEndian: self.stamp)
    for text in [self.link, self.grpc, self.http] { writer.append(counted: text) }
    writer.append(varint: UInt64(self.labels.count))
    for (name, value) in self.labels.sorted(by: { $0.key < $1.key }) {
      writer.append(counted: name)
      writer.append(counted: value)
    }
    return writer.bytes.array
  }

  init(_ fact: Fact) throws(ColumnError) {
    var reader = DirectoryReader(fact.value)
    guard fact.key.hasPrefix(Self.prefix), try reader.byte() == Self.form else {
      throw ColumnError("\(fact.key) is no node of the time series")
    }
    let roles = try reader.byte()
    let started = Int64(clamping: try reader.number(UInt64.self))
    let (nanoseconds, overflow) = started.multipliedReportingOverflow(by: 1_000_000)
    self.init(
      name: String(fact.key.text.dropFirst(Self.prefix.count)), keepsRows: roles & 1 != 0,
      hasDoors: roles & 2 != 0, startedAt: WallTime(nanoseconds: overflow ? .max : nanoseconds))
    self.link = try reader.text()
    self.grpc = try reader.text()
    self.http = try reader.text()
    for _ in 0..<(try reader.count()) {
      let name = try reader.text()
      self.labels[name] = try reader.text()
    }
  }
}
