import Admin
import Bytes
import JSON
import S3
import XML

/// Documents of buckets as the clients of S3 write them in JSON (`{"CORSRules": [{"AllowedMethods": …}]}`),
/// put into the XML that the protocol has. XML passes through.
enum DocumentText {
  /// Names of lists, and of the elements that each of their members becomes.
  private static let lists: [String: String] = [
    "CORSRules": "CORSRule", "AllowedMethods": "AllowedMethod", "AllowedOrigins": "AllowedOrigin",
    "AllowedHeaders": "AllowedHeader", "ExposeHeaders": "ExposeHeader", "Rules": "Rule",
    "Transitions": "Transition", "NoncurrentVersionTransitions": "NoncurrentVersionTransition",
    "Tags": "Tag",
  ]

  private static func root(_ document: BucketDocumentName) -> String {
    switch document {
    case .policy: "Policy"
    case .cors: "CORSConfiguration"
    case .lifecycle: "LifecycleConfiguration"
    case .tagging: "Tagging"
    }
  }

  static func xml(_ document: BucketDocumentName, _ text: [UInt8]) throws(S3Error) -> [UInt8] {
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard first == UInt8(ascii: "{") else { return text }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(
        parsing: text.rawBytes, limits: JSONLimits(byteCountMax: 256 << 10, depthMax: 16))
    } catch {
      throw .malformedXML("the document is not JSON: \(error)")
    }
    var object = value.object ?? JSONObject()
    // Some clients write the root, others leave it out.
    if let inner = object[self.root(document)]?.object { object = inner }
    var target = ByteWriter(capacity: text.count * 2)
    target.append("<\(self.root(document))>")
    for member in object.members { try self.append(member.name, member.value, to: &target) }
    target.append("</\(self.root(document))>")
    return target.bytes.array
  }

  private static func append(
    _ name: String, _ value: JSONValue, to target: inout ByteWriter
  ) throws(S3Error) {
    guard name.utf8.allSatisfy({ 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }), !name.isEmpty else {
      throw .malformedXML("\(name.prefix(40).debugDescription) is no name of an element")
    }
    switch value {
    case .null: return
    case .array(let elements):
      if name == "TagSet" {
        target.append("<TagSet>")
        for element in elements { try self.append("Tag", element, to: &target) }
        target.append("</TagSet>")
        return
      }
      guard let one = self.lists[name] ?? (self.lists.values.contains(name) ? name : nil) else {
        throw .malformedXML("\(name) is no list")
      }
      for element in elements { try self.append(one, element, to: &target) }
    case .object(let object):
      target.append("<\(name)>")
      for member in object.members { try self.append(member.name, member.value, to: &target) }
      target.append("</\(name)>")
    case .string(let text):
      target.append("<\(name)>")
      target.append(self.escaped(text))
      target.append("</\(name)>")
    case .boolean, .number: target.append("<\(name)>\(value.text())</\(name)>")
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
