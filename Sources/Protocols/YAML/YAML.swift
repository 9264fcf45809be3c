internal import Bytes
internal import CYaml

/// Reads YAML through libyaml into nodes that know where they stand.
///
/// Read are scalars of the core schema, sequences, mappings with scalar keys, anchors and aliases.
/// Refused, each by name: a key twice, keys that are no scalars, merge keys, tags of one's own, an
/// alias inside its own anchor.
public enum YAML {
  /// The documents of a stream, none when it holds nothing but comments.
  public static func documents(
    parsing text: RawSpan, limits: YAMLLimits = .standard
  ) throws(YAMLError) -> [YAMLNode] {
    let start = YAMLPosition(line: 1, column: 1)
    guard text.byteCount <= limits.byteCountMax else {
      throw YAMLError(
        .tooLarge, "the text has \(text.byteCount) bytes, at most \(limits.byteCountMax) are read",
        at: start)
    }
    var documents: [YAMLNode] = []
    var problem: YAMLError?
    // A C parser keeps the pointer: it lives inside this call only.
    text.withUnsafeBytes { buffer in
      do throws(YAMLError) {
        var reader = try YAMLReader(buffer, limits: limits)
        documents = try reader.documents()
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    return documents
  }

  /// The one document of a text; nothing at all is a null.
  public static func document(
    parsing text: RawSpan, limits: YAMLLimits = .standard
  ) throws(YAMLError) -> YAMLNode {
    let documents = try self.documents(parsing: text, limits: limits)
    guard documents.count <= 1 else {
      throw YAMLError(
        .notSupported, "a second document starts here; one is expected", at: documents[1].position)
    }
    return documents.first
      ?? YAMLNode(
        content: .scalar(YAMLScalar(plain: "")), position: YAMLPosition(line: 1, column: 1))
  }

  public static func document(
    parsing text: String, limits: YAMLLimits = .standard
  ) throws(YAMLError) -> YAMLNode {
    let bytes = Array(text.utf8)
    return try self.document(parsing: bytes.rawBytes, limits: limits)
  }
}
