import Bytes
import S3
import Testing

@Suite("Forms")
struct FormTests {
  static let form = """
    --xyz\r
    Content-Disposition: form-data; name="key"\r
    \r
    a.txt\r
    --xyz\r
    content-disposition: form-data; name="policy"; filename="policy"\r
    \r
    line\r
    \r
    --xy\r
    --xyz\r
    Content-Disposition: form-data; name="file"; filename="x y.txt"\r
    Content-Type: text/plain\r
    \r
    bytes \r
    --xy and more\r
    --xyz--\r\n
    """

  static func read(_ text: String, step: Int) throws -> (fields: [String], content: String) {
    var parser = try #require(FormParser(contentType: "multipart/form-data; boundary=xyz"))
    var fields: [String] = []
    var content: [UInt8] = []
    var window: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while true {
      let (outcome, consumed) = try parser.next(window.rawBytes)
      if case .content(let range) = outcome { content += window[range] }
      if case .field(let name, let value) = outcome { fields.append("\(name)=\(value)") }
      if case .file(let name, let type) = outcome { fields.append("file \(name) \(type ?? "")") }
      window.removeFirst(consumed)
      if outcome == .end { break }
      guard outcome == .needsMore else { continue }
      guard !rest.isEmpty else { throw S3Error(.malformedPOSTRequest, "cut") }
      window += rest.prefix(step)
      rest = rest.dropFirst(step)
    }
    return (fields, String(decoding: content, as: UTF8.self))
  }

  @Test("fields and file come whole, however the form is cut")
  func cuts() throws {
    for step in 1...120 {
      let (fields, content) = try Self.read(Self.form, step: step)
      #expect(fields == ["key=a.txt", "policy=line\r\n\r\n--xy", "file x y.txt text/plain"])
      #expect(content == "bytes \r\n--xy and more")
    }
  }

  @Test("fields that are too many or too large are refused")
  func limits() {
    let field = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
    let large = field + String(repeating: "x", count: 30_000) + "\r\n--xyz--\r\n"
    #expect(throws: S3Error.self) { try Self.read(large, step: 4096) }
    let many = String(repeating: field + "v\r\n", count: 101) + "--xyz--\r\n"
    #expect(throws: S3Error.self) { try Self.read(many, step: 4096) }
    #expect(throws: S3Error.self) { try Self.read("no boundary at all\r\n", step: 3) }
    #expect(FormParser(contentType: "multipart/form-data") == nil)
  }

  static func policy(_ json: String) throws -> PostPolicy {
    try PostPolicy(base64: Base64.text(of: Array(json.utf8).rawBytes))
  }

  @Test("a policy's conditions are about every field")
  func policies() throws {
    let policy = try Self.policy(
      """
      {"expiration": "2026-01-01T00:00:00Z", "conditions": [{"bUcket": "b"},
      ["StArTs-WiTh", "$kEy", "foo"], ["eq", "$acl", "private"],
      ["content-length-range", 1, 10]]}
      """)
    #expect(policy.lengthRange == 1...10)
    var fields = [
      "bucket": "b", "key": "foo.txt", "acl": "private", "policy": "…", "x-ignore-a": "",
    ]
    try policy.check(fields, now: 0)
    for (name, value) in [("bucket", "c"), ("key", "bar"), ("acl", "public"), ("other", "1")] {
      var changed = fields
      changed[name] = value
      let wrong = changed
      #expect(throws: S3Error.self, "\(name)") { try policy.check(wrong, now: 0) }
    }
    fields["acl"] = nil
    let short = fields
    #expect(throws: S3Error.self) { try policy.check(short, now: 0) }
    #expect(throws: S3Error.self) {
      try policy.check(["bucket": "b", "key": "foo", "acl": "private"], now: .max)
    }
  }

  @Test(
    "what is no policy is refused",
    arguments: [
      "", "[]", "{}", #"{"expiration": "2026-01-01T00:00:00Z"}"#, #"{"conditions": [{"a": "b"}]}"#,
      #"{"EXPIRATION": "2026-01-01T00:00:00Z", "conditions": [{"a": "b"}]}"#,
      #"{"expiration": "2026-01-01 00:00:00+00:00", "conditions": [{"a": "b"}]}"#,
      #"{"expiration": "2026-01-01T00:00:00Z", "conditions": []}"#,
      #"{"expiration": "2026-01-01T00:00:00Z", "conditions": [["eq", "$a"]]}"#,
      #"{"expiration": "2026-01-01T00:00:00Z", "conditions": [["content-length-range", -1]]}"#,
      #"{"expiration": "2026-01-01T00:00:00Z", "conditions": [["is", "$a", "b"]]}"#,
    ])
  func badPolicies(json: String) {
    let error = #expect(throws: S3Error.self) { try Self.policy(json) }
    #expect(error?.code == .invalidPolicyDocument)
  }
}
