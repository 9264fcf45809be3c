import Admin
import HTTP
import JSON
import ObjectModel
import Testing
import Values

@Suite("Objects on the admin API")
struct ObjectHandlerTests {
  private static func keys(_ answer: JSONValue) -> [String] {
    (answer["items"]?.array ?? []).compactMap { $0["key"]?.string }
  }

  @Test("a listing stops at slashes or goes all the way, page by page")
  func listing() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for key in ["a/1", "a/2", "b/c/3", "top", "ä%/ö"] { try await bench.put(key, "x") }
      var input = ObjectsInput()
      input.bucket = "raw"
      let folders = try await bench.ask(ObjectAPI.objects, input)
      #expect(Self.keys(folders.json) == ["a/", "b/", "top", "ä%/"])
      input.isRecursive = true
      var all: [String] = []
      var token: String?
      repeat {
        let page = try await bench.ask(ObjectAPI.objects, input, limit: 2, token: token)
        all += Self.keys(page.json)
        token = page.json["next"]?.string
      } while token != nil && all.count < 20
      #expect(all == ["a/1", "a/2", "b/c/3", "top", "ä%/ö"])
      input.isRecursive = false
      let one = try await bench.ask(ObjectAPI.objects, input, limit: 1)
      let next = try #require(one.json["next"]?.string)
      let rest = try await bench.ask(ObjectAPI.objects, input, token: next)
      #expect(Self.keys(rest.json) == ["b/", "top", "ä%/"])
    }
  }

  @Test("all that is known of an object is shown, with its versions")
  func show() async throws {
    try await withObjectAdmin { bench in
      try await bench.make { $0.versioning = .enabled }
      try await bench.put("k/x y", "one")
      try await bench.put("k/x y", String(repeating: "two", count: 1000))
      let answer = try await bench.ask(
        ObjectAPI.object, ObjectInput(bucket: "raw", key: "k/x y"))
      let item = try #require(answer.json["item"])
      #expect(item["size_bytes"]?.int64 == 3000)
      #expect(item["blobs"]?.array?.count == 1)
      #expect(item["latest"]?.boolean == true)
      let versions = try #require(item["versions"]?.array)
      #expect(versions.map { $0["size_bytes"]?.int64 } == [3000, 3])
      let old = try await bench.ask(
        ObjectAPI.object,
        ObjectInput(bucket: "raw", key: "k/x y", version: versions[1]["version_id"]?.string))
      #expect(old.json["item"]?["inline_bytes"]?.int64 == 3)
      #expect(old.json["item"]?["latest"]?.boolean == false)
      let missing = try await bench.ask(ObjectAPI.object, ObjectInput(bucket: "raw", key: "no"))
      #expect(missing.status == 404)
      let bad = try await bench.ask(
        ObjectAPI.object, ObjectInput(bucket: "raw", key: "k/x y", version: "7"))
      #expect(bad.status == 400)
    }
  }

  @Test("versions are listed over pages")
  func versionPages() async throws {
    try await withObjectAdmin { bench in
      try await bench.make { $0.versioning = .enabled }
      for key in ["a", "a", "a", "b"] { try await bench.put(key, "x") }
      var input = ObjectsInput()
      input.bucket = "raw"
      input.hasVersions = true
      var all: [String] = []
      var token: String?
      repeat {
        let page = try await bench.ask(ObjectAPI.objects, input, limit: 2, token: token)
        all += Self.keys(page.json)
        token = page.json["next"]?.string
      } while token != nil && all.count < 20
      #expect(all == ["a", "a", "a", "b"])
    }
  }

  @Test("a deletion answers for each key; a dry run says what would go")
  func deletion() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for key in ["a", "b"] { try await bench.put(key, "x") }
      var input = ObjectsDeleteInput()
      input.bucket = "raw"
      input.keys = ["a", "missing"]
      let plan = try await bench.ask(ObjectAPI.deleteObjects, input, dryRun: true)
      #expect(
        plan.json["items"]?.array?.map { $0["deleted"]?.boolean } == [true, false])
      let there = try await bench.ask(ObjectAPI.object, ObjectInput(bucket: "raw", key: "a"))
      #expect(there.status == 200)
      let done = try await bench.ask(ObjectAPI.deleteObjects, input)
      #expect(done.json["items"]?.array?.map { $0["deleted"]?.boolean } == [true, true])
      let gone = try await bench.ask(ObjectAPI.object, ObjectInput(bucket: "raw", key: "a"))
      #expect(gone.status == 404)
      let left = try await bench.ask(ObjectAPI.object, ObjectInput(bucket: "raw", key: "b"))
      #expect(left.status == 200)
    }
  }

  @Test("one object and a whole folder move at once; what is there already stays")
  func moving() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for key in ["a/1", "a/2", "x"] { try await bench.put(key, key) }
      var input = ObjectMoveInput()
      input.bucket = "raw"
      input.source = "x"
      input.key = "a/1"
      #expect(try await bench.ask(ObjectAPI.moveObject, input).status == 409)
      input.key = "y"
      let one = try await bench.ask(ObjectAPI.moveObject, input)
      #expect(one.json["changed"]?.boolean == true, "\(one.json)")
      input.source = "a/"
      input.key = "z/"
      input.isRecursive = true
      let plan = try await bench.ask(ObjectAPI.moveObject, input, dryRun: true)
      #expect(plan.json["item"]?["object_count"]?.int64 == 2)
      let many = try await bench.ask(ObjectAPI.moveObject, input)
      #expect(many.json["item"]?["object_count"]?.int64 == 2)
      #expect(many.json["undo"]?.string == "lakectl object move raw/z/ raw/a/ --recursive")
      var list = ObjectsInput()
      list.bucket = "raw"
      list.isRecursive = true
      let left = try await bench.ask(ObjectAPI.objects, list)
      #expect(Self.keys(left.json) == ["y", "z/1", "z/2"])
    }
  }

  @Test("a versioned bucket is not moved at once, and says so")
  func versionedMove() async throws {
    try await withObjectAdmin { bench in
      try await bench.make { $0.versioning = .enabled }
      try await bench.put("a", "x")
      var input = ObjectMoveInput()
      input.bucket = "raw"
      input.source = "a"
      input.key = "b"
      let answer = try await bench.ask(ObjectAPI.moveObject, input)
      #expect(answer.json["code"]?.string == "object.move_not_atomic")
    }
  }

  @Test("a signed address works for what it was made for, and for nothing else")
  func presign() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      try await bench.put("a b/+%ü", "hello")
      let url = try await bench.presign("GET", "a b/+%ü")[0]
      let got = try await bench.follow(.get, url)
      #expect(got.content == Array("hello".utf8))
      #expect(try await bench.follow(.put, url, body: [1]).status == 403)
      let other = url.replacing("/raw/a%20b", with: "/raw/a%20c")
      #expect(try await bench.follow(.get, other).status == 403)
      let bound = try await bench.presign("PUT", "c", headers: ["x-amz-meta-a": "b"])[0]
      #expect(try await bench.follow(.put, bound, body: [1]).status == 403)
      let sent = try await bench.follow(.put, bound, [("x-amz-meta-a", "b")], body: [1])
      #expect(sent.status == 200)
      let many = try await bench.presign(
        "PUT", "d", queries: ["partNumber=1&uploadId=u", "partNumber=2&uploadId=u"])
      #expect(many.count == 2)
      #expect(many[1].contains("partNumber=2"))
    }
  }

  @Test("who may only read gets addresses to read with")
  func presignRights() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      var input = PresignInput()
      input.bucket = "raw"
      input.key = "k"
      #expect(try await bench.ask(ObjectAPI.presign, input, as: "reader").status == 200)
      input.method = "PUT"
      #expect(try await bench.ask(ObjectAPI.presign, input, as: "reader").status == 403)
      input.method = "PATCH"
      #expect(try await bench.ask(ObjectAPI.presign, input).status == 400)
      input.method = "GET"
      input.expiresSeconds = 700_000
      #expect(try await bench.ask(ObjectAPI.presign, input).status == 400)
      input.expiresSeconds = 60
      input.bucket = "nowhere"
      #expect(try await bench.ask(ObjectAPI.presign, input).status == 404)
    }
  }

  @Test("uploads are listed with their parts, given up one by one or by age")
  func uploads() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      for key in ["big", "other"] {
        let start = try await bench.presign("POST", key, queries: ["uploads="])[0]
        let answer = String(
          decoding: try await bench.follow(.post, start, body: []).content, as: UTF8.self)
        let id = try #require(answer.firstMatch(of: /<UploadId>(.+)<\/UploadId>/)?.output.1)
        let part = try await bench.presign(
          "PUT", key, queries: ["partNumber=1&uploadId=\(id)"])[0]
        _ = try await bench.follow(.put, part, body: Array(repeating: 7, count: 1000))
      }
      let list = try await bench.ask(ObjectAPI.uploads, BucketPrefixInput("raw"))
      let items = try #require(list.json["items"]?.array)
      #expect(items.map { $0["key"]?.string } == ["big", "other"])
      #expect(items.map { $0["size_bytes"]?.int64 } == [1000, 1000])
      let first = try await bench.ask(ObjectAPI.uploads, BucketPrefixInput("raw"), limit: 1)
      let next = try #require(first.json["next"]?.string)
      let second = try await bench.ask(
        ObjectAPI.uploads, BucketPrefixInput("raw"), limit: 1, token: next)
      #expect(second.json["items"]?.array?.first?["key"]?.string == "other")
      var input = UploadInput()
      input.bucket = "raw"
      input.upload = items[0]["upload_id"]?.string ?? ""
      #expect(try await bench.ask(ObjectAPI.abortUpload, input).status == 200)
      #expect(try await bench.ask(ObjectAPI.abortUpload, input).status == 404)
      var old = UploadsAbortInput()
      old.bucket = "raw"
      let none = try await bench.ask(ObjectAPI.abortUploads, old)
      #expect(none.json["items"]?.array?.isEmpty == true)
      old.olderMilliseconds = 0
      let planned = try await bench.ask(ObjectAPI.abortUploads, old, dryRun: true)
      #expect(planned.json["items"]?.array?.count == 1)
      let done = try await bench.ask(ObjectAPI.abortUploads, old)
      #expect(done.json["items"]?.array?.count == 1)
      let left = try await bench.ask(ObjectAPI.uploads, BucketPrefixInput("raw"))
      #expect(left.json["items"]?.array?.isEmpty == true)
    }
  }
}
