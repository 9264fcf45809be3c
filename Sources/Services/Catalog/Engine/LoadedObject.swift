import Bytes
import Crypto
import Iceberg
import Values

/// A table or view as it is answered.
struct LoadedObject: Sendable {
  /// Nil of a table that is staged: nothing of it is stored.
  var metadataLocation: String?
  var document: StoredDocument
  var access = StorageAccess()
  /// Nil where the protocol has none.
  var entityTag: String?
}

/// What of a table's content an answer has, and for whom: answers that differ have different tags.
struct LoadMode: Hashable, Sendable {
  enum Snapshots: String, Sendable {
    case all
    case referenced = "refs"
  }

  var snapshots = Snapshots.all
  var delegation = Delegation()
  var canWrite = false

  func entityTag(of document: StoredDocument, revision: Int64) -> String {
    var text = ByteWriter(capacity: 256)
    document.uuid.append(to: &text)
    text.append(document.metadataLocation)
    text.append(
      " \(self.snapshots.rawValue) \(self.delegation.rawValue) \(self.canWrite) \(revision)")
    let hash = XXH3.hash128(of: text.bytes)
    let bytes = withUnsafeBytes(of: hash.bigEndian) { [UInt8]($0) }
    return "\"\(Hexadecimal.text(of: bytes.rawBytes))\""
  }
}

/// What a client says that it can do with access that is handed to it.
struct Delegation: OptionSet, Hashable, Sendable {
  let rawValue: UInt8
  static let vended = Delegation(rawValue: 1)
  static let signed = Delegation(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Words that mean nothing here do not count.
  init(header: String) {
    self = []
    for word in header.split(separator: ",") {
      switch word.trimmingBlanks {
      case "vended-credentials": self.insert(.vended)
      case "remote-signing": self.insert(.signed)
      default: break
      }
    }
  }
}

extension Substring {
  var trimmingBlanks: Substring {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
