import Bytes
import Fuzzing
import S3
import Testing

/// Bounded runs of what `make fuzz TARGET=s3-…` does for longer.
@Suite("Hostile S3 input")
struct HostileInputTests {
  @Test("documents are refused or read back as they were read")
  func documents() throws {
    try Fuzzer.run(
      name: "s3-documents",
      seeds: [
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
          + "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
      ].map { Array($0.utf8) }, iterations: 5000, seed: 1, seconds: 2,
      dictionary: ["<Tag>", "</Tag>", "&lt;", "<!DOCTYPE"].map { Array($0.utf8) }
    ) { input in
      if let set = try? TagSet(document: input.array, max: 10) {
        try Fuzzer.require(try TagSet(document: set.text, max: 10) == set, "\(set)")
      }
      if let cors = try? CORSConfiguration(input.array) {
        try Fuzzer.require(try CORSConfiguration(cors.text) == cors, "\(cors)")
      }
    }
  }

  @Test("policies are refused or answered")
  func policies() throws {
    let seed =
      #"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*","#
      + #""Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}"#
    try Fuzzer.run(
      name: "s3-policies", seeds: [Array(seed.utf8)], iterations: 5000, seed: 1, seconds: 2,
      dictionary: ["Deny", "NotAction", "StringLike", "::/0"].map { Array($0.utf8) }
    ) { input in
      guard let policy = try? BucketPolicy(input.array, bucket: "b") else { return }
      _ = policy.evaluate(
        PolicyRequest(
          principals: [], action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
          context: ["aws:sourceip": ["10.1.1.1"]]))
    }
  }
}
