import Bytes
import Crypto
import ObjectGateway
import ObjectModel
import ObjectTesting
import S3
import Testing
import Values

@Suite("Refusals over HTTP")
struct RefusalTests {
  @Test("credentials that are wrong are refused with what helps to find out why")
  func credentials() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      var stranger = GatewayBench.alice
      stranger.id = "AKNOBODY"
      #expect(try await client.ask("GET", "/", by: stranger).code == "InvalidAccessKeyId")
      var wrong = GatewayBench.alice
      wrong.secret = Secret("guess")
      let mismatch = try await client.ask("GET", "/", by: wrong)
      #expect(mismatch.status == 403)
      #expect(mismatch.code == "SignatureDoesNotMatch")
      #expect(mismatch.element("StringToSign")?.hasPrefix("AWS4-HMAC-SHA256") == true)
      #expect(mismatch.element("CanonicalRequest")?.hasPrefix("GET\n/\n") == true)
      #expect(!mismatch.text.contains("alice-secret"))
      #expect(try await client.ask("GET", "/", by: nil).code == "AccessDenied")
      client.close()
    }
  }

  @Test(
    "an Authorization that is none is told apart",
    arguments: [
      ("authorization: \r\n", "AccessDenied"),
      ("authorization: Bearer x\r\n", "AuthorizationHeaderMalformed"),
      ("authorization: AWS4-HMAC-SHA256 Credential=a\r\n", "AuthorizationHeaderMalformed"),
      (
        "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4_request, "
          + "SignedHeaders=host, Signature=ABC\r\n", "AuthorizationHeaderMalformed"
      ),
      ("authorization: AWS a:b\r\n", "InvalidRequest"),
      ("authorization: AWS4-ECDSA-P256-SHA256 x\r\n", "NotImplemented"),
    ])
  func authorization(field: String, code: String) async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      try await client.send("GET / HTTP/1.1\r\nhost: s3.test\r\n\(field)\r\n")
      #expect(try await client.response().code == code)
      client.close()
    }
  }

  @Test(
    "addresses of version 2 are taken until their time is over, headers where they are turned on",
    arguments: SignatureV2Use.allCases)
  func signatureV2(use: SignatureV2Use) async throws {
    try await withGateway({ $0.signatureV2 = use }) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask("PUT", "/bucket/key", body: [7])
      func sign(_ method: String, _ date: String, _ arguments: [(name: String, value: String)])
        -> String
      {
        let request = SignatureV2Request(
          method: method, path: "/bucket/key", arguments: arguments, virtualBucket: nil)
        let text = SignatureV2.text(of: request, date: date, headers: SigV4HeaderList([]))
        return SignatureV2.signature(of: text, secret: "alice-secret")
      }
      func get(_ query: String, _ fields: [(String, String)] = []) async throws -> S3Client.Response
      {
        try await client.ask("GET", "/bucket/key", query: query, fields, by: nil)
      }
      func query(_ end: Int64, _ signature: String) -> String {
        let escaped = signature.replacing("+", with: "%2B").replacing("/", with: "%2F")
          .replacing("=", with: "%3D")
        return "AWSAccessKeyId=AKALICE&Expires=\(end)&Signature=\(escaped)"
      }
      let (soon, past) = (client.time.seconds + 60, client.time.seconds - 1)
      let good = query(soon, sign("GET", "\(soon)", []))
      let date = "Thu, 01 Jan 2026 00:00:00 GMT"
      let header = ("authorization", "AWS AKALICE:\(sign("GET", date, []))")
      guard use != .off else {
        #expect(try await get(good).code == "InvalidRequest")
        #expect(try await get("", [header, ("date", date)]).code == "InvalidRequest")
        client.close()
        return
      }
      #expect(try await get(good).body == [7])
      #expect(try await get(good + "&tagging").code == "SignatureDoesNotMatch")
      #expect(try await get(good + "&x-amz-acl=private").code == "SignatureDoesNotMatch")
      #expect(try await get(query(soon + 1, sign("GET", "\(soon)", []))).status == 403)
      let wrongMethod = try await get(query(soon, sign("PUT", "\(soon)", [])))
      #expect(wrongMethod.code == "SignatureDoesNotMatch")
      #expect(wrongMethod.element("StringToSign")?.hasPrefix("GET\n") == true)
      #expect(!wrongMethod.text.contains("alice-secret"))
      let over = try await get(query(past, sign("GET", "\(past)", [])))
      #expect(over.code == "AccessDenied")
      #expect(over.element("Expires") != nil)
      #expect(try await get("AWSAccessKeyId=AKALICE&Signature=x").code == "AccessDenied")
      #expect(try await get(good, [header]).code == "InvalidArgument")
      let stale = try await get("", [header, ("date", date)])
      #expect(stale.code == (use == .on ? "RequestTimeTooSkewed" : "InvalidRequest"))
      client.close()
    }
  }

  @Test("a clock that is 16 minutes off is told both times")
  func skew() async throws {
    try await withGateway { bench in
      let now = try await bench.connect()
      let late = S3Client(
        connection: now.connection, time: SigV4Time(seconds: now.time.seconds - 960))
      let answer = try await late.ask("GET", "/")
      #expect(answer.code == "RequestTimeTooSkewed")
      #expect(answer.element("ServerTime") != nil)
      #expect(answer.element("RequestTime") != nil)
      now.close()
    }
  }

  @Test("headers of ours that are not signed are refused")
  func unsignedHeaders() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      let hash = "\(SHA256.digest(of: RawSpan()))"
      let signer = SigV4Signer(
        accessKeyID: "AKALICE",
        key: SigV4Key(
          secret: "alice-secret",
          scope: SigV4Scope(day: client.time.day, region: "us-east-1", service: "s3")))
      let lines = [
        (name: "host", value: "s3.test"), (name: "x-amz-date", value: "\(client.time)"),
        (name: "x-amz-content-sha256", value: hash),
      ]
      let authorization = signer.authorization(
        method: "GET", path: "/", query: "", headers: SigV4HeaderList(lines), payloadHash: hash,
        at: client.time)
      try await client.send(
        "GET / HTTP/1.1\r\nhost: s3.test\r\nx-amz-date: \(client.time)\r\n"
          + "x-amz-content-sha256: \(hash)\r\nx-amz-acl: public-read\r\n"
          + "authorization: \(authorization.headerValue)\r\n\r\n")
      let answer = try await client.response()
      #expect(answer.code == "AccessDenied")
      #expect(answer.element("HeadersNotSigned")?.contains("x-amz-acl") == true)
      client.close()
    }
  }

  @Test("what belongs to another account is not given")
  func otherAccounts() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask("PUT", "/bucket/key", body: [1])
      for (method, path) in [
        ("GET", "/bucket/key"), ("PUT", "/bucket/key"), ("DELETE", "/bucket/key"),
        ("GET", "/bucket"), ("DELETE", "/bucket"), ("GET", "/bucket/none"),
      ] {
        for key in [GatewayBench.bob, nil] {
          let answer = try await client.ask(method, path, by: key)
          #expect(answer.code == "AccessDenied", "\(method) \(path)")
        }
      }
      let expected = try await client.ask(
        "GET", "/bucket/key", [("x-amz-expected-bucket-owner", "bob")])
      #expect(expected.code == "AccessDenied")
      #expect(
        try await client.ask("PUT", "/bucket", by: GatewayBench.bob).code
          == "BucketAlreadyExists")
      client.close()
    }
  }

  @Test(
    "heads that are no HTTP are refused before anybody is asked who they are",
    arguments: [
      "GET / HTTP/1.1\r\nhost : a\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n", "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n",
      "PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      "PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
      "PUT /b/k HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n",
      "GET /" + String(repeating: "a", count: 17_000) + " HTTP/1.1\r\nhost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nx: " + String(repeating: "a", count: 33_000) + "\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\n" + String(repeating: "x: a\r\n", count: 200) + "\r\n",
    ])
  func heads(text: String) async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      try await client.send(text)
      let answer = try await client.response()
      #expect(answer.status >= 400)
      #expect(answer.fields["connection"] == "close")
      client.close()
    }
  }

  static let arguments: [(method: String, path: String, query: String, code: String)] = [
    ("GET", "/bucket", "max-keys=-1", "InvalidArgument"),
    ("GET", "/bucket", "max-keys=abc", "InvalidArgument"),
    ("GET", "/bucket", "encoding-type=base64", "InvalidArgument"),
    ("GET", "/bucket", "list-type=2&continuation-token=forged", "InvalidArgument"),
    ("GET", "/bucket", "versions&version-id-marker=x", "InvalidArgument"),
    ("GET", "/bucket", "acl&policy", "InvalidArgument"),
    ("PUT", "/bucket/k", "partNumber=0&uploadId=x", "InvalidArgument"),
    ("PUT", "/bucket/k", "partNumber=10001&uploadId=x", "InvalidArgument"),
    ("PUT", "/bucket/k", "partNumber=1&uploadId=unknown", "NoSuchUpload"),
    ("GET", "/bucket/k", "versionId=odd", "InvalidArgument"),
    ("GET", "/none/k", "", "NoSuchBucket"),
    ("PUT", "/Admin", "", "InvalidBucketName"),
    ("PUT", "/192.168.0.1", "", "InvalidBucketName"),
    ("GET", "/Admin", "", "NoSuchBucket"),
    ("POST", "/bucket/k", "restore", "NotImplemented"),
    ("GET", "/bucket/k", "torrent", "NotImplemented"),
    ("GET", "/bucket", "session", "NotImplemented"),
    ("PATCH", "/bucket", "", "MethodNotAllowed"),
    ("DELETE", "/", "", "MethodNotAllowed"),
  ]

  @Test("arguments that are none are refused by name", arguments: arguments)
  func badArguments(
    row: (method: String, path: String, query: String, code: String)
  ) async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let answer = try await client.ask(row.method, row.path, query: row.query)
      #expect(answer.code == row.code, "\(row.method) \(row.path)?\(row.query)")
      client.close()
    }
  }

  static let unset: [(name: String, status: UInt16, marker: String)] = [
    ("location", 200, "LocationConstraint"), ("versioning", 200, "VersioningConfiguration"),
    ("acl", 200, "FULL_CONTROL"), ("policy", 404, "NoSuchBucketPolicy"),
    ("policyStatus", 200, "<IsPublic>false"), ("cors", 404, "NoSuchCORSConfiguration"),
    ("lifecycle", 404, "NoSuchLifecycleConfiguration"), ("tagging", 404, "NoSuchTagSet"),
    ("object-lock", 404, "ObjectLockConfigurationNotFoundError"),
    ("publicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration"),
    ("ownershipControls", 404, "OwnershipControlsNotFoundError"),
    ("encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"),
    ("notification", 200, "NotificationConfiguration"), ("logging", 200, "BucketLoggingStatus"),
    ("website", 404, "NoSuchWebsiteConfiguration"),
    ("replication", 404, "ReplicationConfigurationNotFoundError"),
    ("accelerate", 200, "AccelerateConfiguration"), ("requestPayment", 200, "BucketOwner"),
    ("analytics", 200, "<IsTruncated>false"), ("inventory&id=x", 404, "NoSuchConfiguration"),
    ("metrics", 200, "<IsTruncated>false"), ("intelligent-tiering", 200, "<IsTruncated>false"),
    ("metadataConfiguration", 404, "MetadataConfigurationNotFound"),
    ("metadataTable", 404, "MetadataConfigurationNotFound"), ("abac", 200, "Disabled"),
  ]

  @Test("every sub-resource of a fresh bucket is answered", arguments: unset)
  func subResources(row: (name: String, status: UInt16, marker: String)) async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let answer = try await client.ask("GET", "/bucket", query: row.name)
      #expect(answer.status == row.status, "\(row.name)")
      #expect(answer.text.contains(row.marker), "\(row.name): \(answer.text)")
      client.close()
    }
  }

  @Test("an upload that ends early commits nothing, and says so while somebody listens")
  func shortBody() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let answer = try await client.ask(
        "PUT", "/bucket/key",
        [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "10")],
        body: Array("4\r\nabcd\r\n0\r\n\r\n".utf8),
        payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
      #expect(answer.code == "IncompleteBody")
      #expect(try await client.ask("GET", "/bucket/key").code == "NoSuchKey")
      client.close()
    }
  }
}
