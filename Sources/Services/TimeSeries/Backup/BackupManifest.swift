import Bytes
package import JSON
package import SeriesColumns

// A place of backups:
//
//   backups/NAME.json    what one backup is: written last, so that what has one is whole
//   pieces/AB/SHA256     up to 4 MiB of a file, named by the SHA-256 of its content
//
// Parts never change, and pieces are named by what is in them: a later backup writes only pieces that no
// earlier one has. The manifest:
//
//   {"form": 1, "name": …, "node": …, "created_at": …, "groups": [{"group": …, "documents": [schema…],
//    "properties": [{"name", "id", "tags"}…], "files": [{"path": SEGMENT/SHARD/NAME, "bytes": n,
//    "pieces": [SHA256…]}]}]}

/// What one backup is.
package struct BackupManifest: Sendable {
  package static let form: Int64 = 1
  package static let byteCountMax = 128 << 20
  package static let pieceBytes = 4 << 20

  package struct File: Sendable, Hashable {
    package var path: String
    package var bytes: Int64
    package var pieces: [String]

    package init(path: String, bytes: Int64, pieces: [String]) {
      self.path = path
      self.bytes = bytes
      self.pieces = pieces
    }
  }

  package struct Group: Sendable {
    package var name: String
    /// As `series apply` reads them; the group first.
    package var documents: [JSONValue]
    package var properties: [JSONValue]
    package var files: [File]

    package init(
      name: String, documents: [JSONValue], properties: [JSONValue] = [], files: [File] = []
    ) {
      self.name = name
      self.documents = documents
      self.properties = properties
      self.files = files
    }
  }

  package var name: String
  package var node: String
  package var createdAt: String
  package var groups: [Group]

  package init(name: String, node: String, createdAt: String, groups: [Group]) {
    self.name = name
    self.node = node
    self.createdAt = createdAt
    self.groups = groups
  }

  package static let prefix = "backups/"
  package static func object(_ name: String) -> String { "\(self.prefix)\(name).json" }
  package static func piece(_ hash: String) -> String { "pieces/\(hash.prefix(2))/\(hash)" }

  /// The name of the backup that an object is; nil for others.
  package static func name(of object: String) -> String? {
    guard object.hasPrefix(self.prefix), object.hasSuffix(".json") else { return nil }
    return String(object.dropFirst(self.prefix.count).dropLast(5))
  }

  package var pieces: Set<String> {
    Set(self.groups.flatMap(\.files).flatMap(\.pieces))
  }
  package var files: Int { self.groups.reduce(0) { $0 + $1.files.count } }
  package var bytes: Int64 {
    self.groups.flatMap(\.files).reduce(0) { $0 + $1.bytes }
  }

  // MARK: Bytes

  package var content: [UInt8] {
    let groups = self.groups.map { group -> JSONValue in
      let files = group.files.map { file -> JSONValue in
        [
          "path": .string(file.path), "bytes": .integer(file.bytes),
          "pieces": .array(file.pieces.map { .string($0) }),
        ]
      }
      return [
        "group": .string(group.name), "documents": .array(group.documents),
        "properties": .array(group.properties), "files": .array(files),
      ]
    }
    let value: JSONValue = [
      "form": .integer(Self.form), "name": .string(self.name), "node": .string(self.node),
      "created_at": .string(self.createdAt), "groups": .array(groups),
    ]
    return Array((value.text() + "\n").utf8)
  }

  package init(_ content: [UInt8], object: String) throws(SeriesError) {
    let value: JSONValue
    do {
      value = try JSONValue(
        parsing: String(decoding: content, as: UTF8.self),
        limits: JSONLimits(byteCountMax: Self.byteCountMax))
    } catch {
      throw Self.damaged(object, "\(error)")
    }
    guard value["form"]?.int64 == Self.form else {
      throw Self.damaged(object, "it has the form \(value["form"]?.text() ?? "of no number")")
    }
    self.name = value["name"]?.string ?? ""
    self.node = value["node"]?.string ?? ""
    self.createdAt = value["created_at"]?.string ?? ""
    self.groups = []
    for group in value["groups"]?.array ?? [] {
      guard let name = group["group"]?.string else {
        throw Self.damaged(object, "a group has no name")
      }
      var files: [File] = []
      for file in group["files"]?.array ?? [] {
        guard let path = file["path"]?.string, let bytes = file["bytes"]?.int64, bytes >= 0,
          let pieces = file["pieces"]?.array?.compactMap(\.string),
          pieces.allSatisfy({ $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) })
        else { throw Self.damaged(object, "a file of group \(name) is not described") }
        files.append(File(path: path, bytes: bytes, pieces: pieces))
      }
      self.groups.append(
        Group(
          name: name, documents: group["documents"]?.array ?? [],
          properties: group["properties"]?.array ?? [], files: files))
    }
  }

  private static func damaged(_ object: String, _ what: String) -> SeriesError {
    SeriesError(.damaged, "\(object) is no manifest of a backup: \(what)", file: object)
  }
}
