import Bytes
import Fuzzing
import S3

extension FuzzTarget {
  /// What is read is written and read again; nothing else than a refusal comes of the rest.
  static let s3Documents = FuzzTarget(
    "s3-documents",
    texts: [
      "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
      """
      <LifecycleConfiguration><Rule><ID>r</ID><Filter><And><Prefix>p</Prefix></And></Filter>
      <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>
      """,
      """
      <CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>
      </CORSRule></CORSConfiguration>
      """,
      """
      <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>
      <Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>
      """,
      "<Delete><Object><Key>k</Key></Object></Delete>",
      "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>",
    ], words: ["<Rule>", "</Rule>", "Days", "&lt;", "<!DOCTYPE", "99999999999999999999"]
  ) { input in
    let bytes = input.array
    if let set = try? TagSet(document: bytes, max: 10) {
      try Fuzzer.require(try TagSet(document: set.text, max: 10) == set, "\(set)")
    }
    if let rules = try? LifecycleConfiguration(bytes, identifier: { "made" }) {
      let again = try LifecycleConfiguration(rules.text, identifier: { "other" })
      try Fuzzer.require(again == rules, "\(rules) became \(again)")
    }
    if let cors = try? CORSConfiguration(bytes) {
      try Fuzzer.require(try CORSConfiguration(cors.text) == cors, "\(cors)")
    }
    if let lock = try? ObjectLockConfiguration(bytes) {
      try Fuzzer.require(try ObjectLockConfiguration(lock.text) == lock, "\(lock)")
    }
    if let acl = try? AccessControlPolicy(document: bytes) {
      _ = try AccessControlPolicy(document: acl.text)
    }
    _ = try? DeleteDocument(bytes)
    _ = try? CompleteDocument(bytes)
  }

  static let s3Policies = FuzzTarget(
    "s3-policies",
    texts: [
      """
      {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["a"]},
      "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*",
      "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}
      """
    ], words: ["\"Deny\"", "NotAction", "ForAllValues:StringLike", "s3:prefix", "::/0"]
  ) { input in
    guard let policy = try? BucketPolicy(input.array, bucket: "b") else { return }
    _ = policy.evaluate(
      PolicyRequest(
        principals: ["a"], action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
        context: ["aws:sourceip": ["10.1.1.1"], "s3:prefix": ["x"]]))
  }

  /// A body and a form give the same content however they are cut.
  static let s3Bodies = FuzzTarget(
    "s3-bodies",
    texts: [
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
      "--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ndata\r\n--xyz--\r\n",
    ], words: ["\r\n", "--xyz", ";chunk-signature=", "0\r\n", "filename=\""]
  ) { input in
    let bytes = input.array
    let whole = chunked(bytes, step: bytes.count + 1)
    try Fuzzer.require(chunked(bytes, step: 1) == whole, "chunks differ")
    try Fuzzer.require(form(bytes, step: 1) == form(bytes, step: bytes.count + 1), "forms differ")
  }

  /// Nil: refused.
  private static func chunked(_ bytes: [UInt8], step: Int) -> [UInt8]? {
    var decoder = ChunkedPayload(
      signatures: nil, hasTrailer: true, announced: ["x-amz-checksum-crc32"])
    var content: [UInt8] = []
    var window: [UInt8] = []
    var rest = bytes[...]
    while true {
      guard let (outcome, consumed) = try? decoder.next(window.rawBytes, atMost: 100) else {
        return nil
      }
      if case .content(let range) = outcome { content += window[range] }
      window.removeFirst(consumed)
      if outcome == .end { return content }
      guard outcome == .needsMore else { continue }
      if rest.isEmpty { return (try? decoder.finish()) == nil ? nil : content }
      window += rest.prefix(step)
      rest = rest.dropFirst(step)
    }
  }

  private static func form(_ bytes: [UInt8], step: Int) -> [UInt8]? {
    guard var parser = FormParser(contentType: "multipart/form-data; boundary=xyz") else {
      return nil
    }
    var content: [UInt8] = []
    var window: [UInt8] = []
    var rest = bytes[...]
    while true {
      guard let (outcome, consumed) = try? parser.next(window.rawBytes) else { return nil }
      if case .content(let range) = outcome { content += window[range] }
      window.removeFirst(consumed)
      if outcome == .end { return content }
      guard outcome == .needsMore else { continue }
      if rest.isEmpty { return nil }
      window += rest.prefix(step)
      rest = rest.dropFirst(step)
    }
  }
}
