private import Bytes
private import XML

/// The body of DeleteObjects.
public struct DeleteDocument: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var key: String
    public var version: String?
    public var entityTag: String?
    public var lastModified: String?
    public var size: Int64?
  }

  public var entries: [Entry] = []
  public var isQuiet = false

  public static let byteCountMax = 8 << 20
  public static let entryMax = 1000

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("Delete", of: bytes, byteCountMax: Self.byteCountMax)
    self.isQuiet = try root.flag("Quiet") ?? false
    for element in root.children where element.name.local == "Object" {
      guard let key = try element.only("Key")?.text else {
        throw .malformedXML("an Object has no Key")
      }
      self.entries.append(
        Entry(
          key: key, version: try element.value("VersionId"),
          entityTag: try element.value("ETag"),
          lastModified: try element.value("LastModifiedTime"),
          size: try element.whole("Size")))
    }
    guard (1...Self.entryMax).contains(self.entries.count) else {
      throw .malformedXML("there are \(self.entries.count) objects, not 1 to \(Self.entryMax)")
    }
  }
}

/// The body of CompleteMultipartUpload.
public struct CompleteDocument: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public var number: UInt16
    public var entityTag: String
    /// Base64, by kind.
    public var checksums: [ChecksumKind: String]
  }

  public var parts: [Part] = []

  public static let byteCountMax = 4 << 20

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root(
      "CompleteMultipartUpload", of: bytes, byteCountMax: Self.byteCountMax,
      elementsMax: 100_000)
    for element in root.children where element.name.local == "Part" {
      guard let number = try element.whole("PartNumber") else {
        throw .malformedXML("a Part has no PartNumber")
      }
      guard let known = UInt16(exactly: number), (1...10_000).contains(known) else {
        throw .invalidArgument("PartNumber", "\(number)", "a part number is 1 to 10000")
      }
      var checksums: [ChecksumKind: String] = [:]
      for kind in ChecksumKind.allCases {
        checksums[kind] = try element.value("\(kind.element)")
      }
      self.parts.append(
        Part(number: known, entityTag: try element.needed("ETag"), checksums: checksums))
    }
    guard (1...10_000).contains(self.parts.count) else {
      throw .malformedXML("there are \(self.parts.count) parts, not 1 to 10000")
    }
    for (one, next) in zip(self.parts, self.parts.dropFirst()) where one.number > next.number {
      throw S3Error(
        .invalidPartOrder, "part \(next.number) comes behind part \(one.number)")
    }
    // A part that was sent twice may be named twice: the last entry is the one that counts.
    for index in self.parts.indices.dropLast().reversed()
    where self.parts[index].number == self.parts[index + 1].number {
      self.parts.remove(at: index)
    }
  }
}
