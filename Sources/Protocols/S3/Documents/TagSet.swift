private import Bytes
private import HTTP
internal import XML

/// Tags of a bucket or an object, in the order they were given.
public struct TagSet: Hashable, Sendable {
  public struct Tag: Hashable, Sendable {
    public var key: String
    public var value: String
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  public var tags: [Tag]

  public static let objectMax = 10
  public static let bucketMax = 50

  public init(_ tags: [Tag]) { self.tags = tags }

  /// `Tagging{TagSet{Tag*{Key,Value}}}`
  public init(document bytes: [UInt8], max: Int) throws(S3Error) {
    let root = try S3Document.root("Tagging", of: bytes)
    guard let set = try root.only("TagSet") else { throw .malformedXML("there is no TagSet") }
    try self.init(element: set, max: max)
  }

  init(element: XMLElement, max: Int) throws(S3Error) {
    self.tags = []
    for child in element.children where child.name.local == "Tag" {
      guard let key = child.text(of: "Key"), let value = child.text(of: "Value") else {
        throw .malformedXML("a Tag has no Key or no Value")
      }
      self.tags.append(Tag(key, value))
    }
    try self.check(max: max)
  }

  /// The header `x-amz-tagging`: a query string.
  public init(header: String, max: Int = Self.objectMax) throws(S3Error) {
    let bytes = Array(header.utf8)
    do throws(HTTPError) {
      self.tags = try QueryString.pairs(bytes.rawBytes).map { Tag($0.name, $0.value) }
        .sorted { $0.key < $1.key }
    } catch {
      throw .invalidArgument("x-amz-tagging", header, error.message)
    }
    try self.check(max: max)
  }

  private func check(max: Int) throws(S3Error) {
    guard self.tags.count <= max else {
      throw S3Error(
        .invalidTag,
        "there are \(self.tags.count) tags, at most \(max) are kept")
    }
    var keys: Set<String> = []
    for tag in self.tags {
      guard (1...128).contains(tag.key.utf16.count) else {
        throw S3Error(.invalidTag, "a tag's key has 1 to 128 characters")
      }
      guard tag.value.utf16.count <= 256 else {
        throw S3Error(.invalidTag, "the value of tag \(tag.key) has more than 256 characters")
      }
      guard keys.insert(tag.key).inserted else {
        throw S3Error(.invalidTag, "tag \(tag.key) is there twice")
      }
    }
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("Tagging") { xml in
      xml.element("TagSet") { xml in
        for tag in self.tags {
          xml.element("Tag") { xml in
            xml.element("Key", tag.key)
            xml.element("Value", tag.value)
          }
        }
      }
    }
    return target.bytes.array
  }
}
