import Admin
import JSON
import ObjectModel
import ObjectTesting
import Testing
import Values

@Suite("Buckets on the admin API")
struct BucketHandlerTests {
  @Test("a bucket is made, changed, counted and removed, and each twice is fine")
  func life() async throws {
    try await withObjectAdmin { bench in
      var input = BucketInput()
      input.bucket = "raw"
      input.quotaBytes = 1 << 20
      input.ifNotExists = true
      let plan = try await bench.ask(ObjectAPI.createBucket, input, dryRun: true)
      #expect(plan.json["changed"]?.boolean == false)
      #expect(try await bench.control.bucket("raw") == nil)
      let made = try await bench.ask(ObjectAPI.createBucket, input)
      #expect(made.json["changed"]?.boolean == true)
      #expect(made.json["item"]?["owner"]?.string == "root")
      #expect(made.json["item"]?["quota_bytes"]?.int64 == 1 << 20)
      #expect(made.json["undo"]?.string == "lakectl bucket delete raw")
      let again = try await bench.ask(ObjectAPI.createBucket, input)
      #expect(again.json["changed"]?.boolean == false)
      input.quotaBytes = 5
      #expect(try await bench.ask(ObjectAPI.createBucket, input).status == 409)
      input.quotaBytes = -1
      input.versioning = .enabled
      let set = try await bench.ask(ObjectAPI.setBucket, input)
      #expect(set.json["item"]?["versioning"]?.string == "enabled")
      input.encryption = .aes256
      #expect(
        try await bench.ask(ObjectAPI.setBucket, input).status == 501, "nothing can be sealed here")
      input.encryption = nil
      #expect(set.json["item"]?["quota_bytes"]?.isNull == true)
      #expect(set.json["undo"]?.string == "lakectl bucket set raw --quota 1048576")
      input.versioning = .off
      #expect(try await bench.ask(ObjectAPI.setBucket, input).status == 409)
      try await bench.put("a/b", "hello")
      let shown = try await bench.ask(ObjectAPI.bucket, BucketNameInput("raw"))
      #expect(shown.json["item"]?["object_count"]?.int64 == 1)
      #expect(shown.json["item"]?["size_bytes"]?.int64 == 5)
      let full = try await bench.ask(ObjectAPI.deleteBucket, BucketNameInput("raw"))
      #expect(full.status == 409)
      #expect(full.json["code"]?.string == "control.not_empty")
    }
  }

  @Test("an empty bucket goes; one that is not there is an error unless said otherwise")
  func removal() async throws {
    try await withObjectAdmin { bench in
      try await bench.make("old")
      let plan = try await bench.ask(
        ObjectAPI.deleteBucket, BucketNameInput("old"), dryRun: true)
      #expect(plan.json["plan"]?.array?.count == 1)
      #expect(try await bench.control.bucket("old") != nil)
      let gone = try await bench.ask(ObjectAPI.deleteBucket, BucketNameInput("old"))
      #expect(gone.json["changed"]?.boolean == true)
      #expect(try await bench.ask(ObjectAPI.deleteBucket, BucketNameInput("old")).status == 404)
      let quiet = try await bench.ask(
        ObjectAPI.deleteBucket, BucketNameInput("old", ifExists: true))
      #expect(quiet.json["changed"]?.boolean == false)
    }
  }

  @Test("a list goes on where its page ended")
  func pages() async throws {
    try await withObjectAdmin { bench in
      for name in ["aaa", "bbb", "ccc"] { try await bench.make(name) }
      let first = try await bench.ask(ObjectAPI.buckets, BucketsInput(), limit: 2)
      let names = first.json["items"]?.array?.compactMap { $0["bucket"]?.string }
      #expect(names == ["aaa", "bbb"])
      let next = try #require(first.json["next"]?.string)
      let second = try await bench.ask(ObjectAPI.buckets, BucketsInput(), limit: 2, token: next)
      #expect(second.json["items"]?.array?.count == 1)
      #expect(second.json["next"]?.isNull == true)
    }
  }

  @Test("usage names folders with their sums, the whole first")
  func usage() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for key in ["a/1", "a/2", "b/c/3", "top"] { try await bench.put(key, "12345") }
      var input = BucketUsageInput()
      input.bucket = "raw"
      input.depth = 2
      let answer = try await bench.ask(ObjectAPI.usage, input)
      let rows = (answer.json["items"]?.array ?? []).map {
        "\($0["prefix"]?.string ?? "?") \($0["object_count"]?.int64 ?? -1)"
      }
      #expect(rows == [" 4", "a/ 2", "b/ 1", "b/c/ 1"])
    }
  }

  @Test("emptying is a job with its bucket and prefix, and an equal one is joined")
  func emptying() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      try await bench.put("tmp/a", "12345")
      let input = BucketPrefixInput("raw", prefix: "tmp/")
      let plan = try await bench.ask(ObjectAPI.deletePrefix, input, dryRun: true)
      #expect(plan.json["plan"]?.array?.first?["text"]?.string?.hasPrefix("1, 5") == true)
      let job = try await bench.ask(ObjectAPI.deletePrefix, input)
      let id = try #require(job.json["job"]?.string)
      #expect(job.json["item"]?["kind"]?.string == "object-empty")
      let joined = try await bench.ask(ObjectAPI.deletePrefix, input)
      #expect(joined.json["job"]?.string == id)
      #expect(joined.json["changed"]?.boolean == false)
      let all = try await bench.ask(ObjectAPI.deletePrefix, BucketPrefixInput("raw"))
      #expect(all.status == 400)
    }
  }

  static let documents: [(BucketDocumentName, String, stored: String)] = [
    (
      .cors,
      #"{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["https://a.example"]}]}"#,
      "<AllowedOrigin>https://a.example</AllowedOrigin>"
    ),
    (
      .tagging, #"{"TagSet":[{"Key":"team","Value":"R&D"}]}"#, "<Value>R&amp;D</Value>"
    ),
    (
      .lifecycle,
      #"{"Rules":[{"Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":3}}]}"#,
      "<Days>3</Days>"
    ),
    (
      .lifecycle,
      "<LifecycleConfiguration><Rule><ID>x</ID><Status>Enabled</Status><Filter/>"
        + "<Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>",
      "<Days>9</Days>"
    ),
  ]

  @Test("documents are kept as S3 would keep them", arguments: documents.indices)
  func document(_ index: Int) async throws {
    let (name, text, stored) = Self.documents[index]
    try await withObjectAdmin { bench in
      try await bench.make()
      let absent = try await bench.ask(
        ObjectAPI.document, BucketDocumentInput("raw", name))
      #expect(absent.status == 404)
      let input = BucketDocumentInput("raw", name, text: text)
      let set = try await bench.ask(ObjectAPI.setDocument, input)
      #expect(set.status == 200, "\(set.json)")
      let shown = try await bench.ask(ObjectAPI.document, BucketDocumentInput("raw", name))
      #expect(shown.json["item"]?["text"]?.string?.contains(stored) == true, "\(shown.json)")
      let again = try await bench.ask(ObjectAPI.setDocument, input)
      #expect(again.json["changed"]?.boolean == false)
      let gone = try await bench.ask(
        ObjectAPI.unsetDocument, BucketDocumentInput("raw", name))
      #expect(gone.json["changed"]?.boolean == true)
      #expect(try await bench.control.bucket("raw")?.documents[.cors] == nil)
    }
  }

  @Test("a document that S3 refuses is refused with its reason")
  func badDocument() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for (name, text) in [
        (BucketDocumentName.policy, "{}"), (.policy, #"{"Statement":[]}"#), (.cors, "<x/>"),
        (.lifecycle, #"{"Rules":[{"Status":"Maybe"}]}"#), (.tagging, "{"),
      ] {
        let answer = try await bench.ask(
          ObjectAPI.setDocument, BucketDocumentInput("raw", name, text: text))
        #expect(answer.status == 400)
        #expect(answer.json["code"]?.string == "bucket.bad_document")
        #expect(answer.json["why"]?.string?.isEmpty == false)
      }
      // Open to everybody, where the public access block forbids it.
      let open = #"""
        {"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
        "Resource":"arn:aws:s3:::raw/*"}]}
        """#
      let answer = try await bench.ask(
        ObjectAPI.setDocument, BucketDocumentInput("raw", .policy, text: open))
      #expect(answer.status == 400)
      #expect(answer.json["details"]?["s3_code"]?.string == "AccessDenied")
    }
  }
}
