internal import JSON
internal import ObjectModel

// A bucket as a fact:
//
//   {"name":"logs","state":"ready","root":7,"routing":[0,1],"owner":"9f…","created_ms":1790000000000,
//    "region":"local","ownership":0,"versioning":1,"object_lock":true,"placement":1,
//    "quota_objects":…,"quota_bytes":…,"documents":{"policy":"…"},"operation":"01J9…","since_ms":…}
//
// Documents are the canonical texts of the gateway. `operation` and `since_ms` are there while the bucket
// is being made or taken down.

/// What control keeps under a bucket's name.
struct StoredBucket: Sendable, Hashable {
  enum State: String, CaseIterable, Sendable, JSONDecodable, JSONEncodable {
    /// The name is taken, the root may not be there yet.
    case making
    case ready
    /// The root is being closed and dropped.
    case closing
  }

  var record: BucketRecord
  var state: State
  /// Who makes it or takes it down, and since when.
  var operation = ""
  var sinceMilliseconds: UInt64 = 0

  init(_ record: BucketRecord, _ state: State) {
    self.record = record
    self.state = state
  }

  static func name(_ document: BucketDocument) -> String {
    switch document {
    case .policy: "policy"
    case .cors: "cors"
    case .lifecycle: "lifecycle"
    case .tagging: "tagging"
    case .objectLock: "object_lock"
    case .publicAccessBlock: "public_access_block"
    case .ownershipControls: "ownership_controls"
    case .encryption: "encryption"
    case .acl: "acl"
    case .accelerate: "accelerate"
    case .requestPayment: "request_payment"
    case .notification: "notification"
    case .logging: "logging"
    case .location: "location"
    }
  }
}

extension StoredBucket: JSONDecodable {
  init(json: JSONCursor) throws(JSONError) {
    let routing: [UInt64] = try json.decode("routing")
    guard routing.count == 2 else {
      throw JSONError(.wrongType, "a routing key has two numbers", path: "$.routing")
    }
    self.record = BucketRecord(
      name: try json.decode("name"), root: RootID(rawValue: try json.decode("root")),
      routingKey: RoutingKey(high: routing[0], low: routing[1]), owner: try json.decode("owner"),
      createdMilliseconds: try json.decode("created_ms"), region: try json.decode("region"),
      ownership: try Self.word("ownership", in: json, default: .bucketOwnerEnforced), revision: 0)
    self.record.versioning = try Self.word("versioning", in: json, default: .unversioned)
    self.record.hasObjectLock = try json.decode("object_lock", default: false)
    self.record.placement = try Self.word("placement", in: json, default: .local)
    self.record.quota = BucketQuota(
      objects: try json.decodeIfPresent("quota_objects"),
      bytes: try json.decodeIfPresent("quota_bytes"))
    let documents: [String: String] = try json.decode("documents", default: [:])
    for document in BucketDocument.allCases {
      guard let text = documents[Self.name(document)] else { continue }
      self.record.documents[document] = Array(text.utf8)
    }
    self.state = try json.decode("state")
    self.operation = try json.decode("operation", default: "")
    self.sinceMilliseconds = try json.decode("since_ms", default: 0)
  }

  /// A number that stands for one of a few words. One that this build does not know is an error: what a
  /// newer one has decided must not be taken for something else.
  private static func word<Word: RawRepresentable>(
    _ name: StaticString, in json: JSONCursor, default standard: Word
  ) throws(JSONError) -> Word where Word.RawValue == UInt8 {
    guard let number = try json.decodeIfPresent(name, as: UInt8.self) else { return standard }
    guard let word = Word(rawValue: number) else {
      throw JSONError(.outOfRange, "\(number) is not known", path: "$.\(name)")
    }
    return word
  }
}

extension StoredBucket: JSONEncodable {
  func encode(to json: inout JSONWriter) {
    let record = self.record
    json.object { json in
      json.member("name", record.name)
      json.member("state", self.state)
      json.member("root", record.root.rawValue)
      json.member("routing", [record.routingKey.high, record.routingKey.low])
      json.member("owner", record.owner)
      json.member("created_ms", record.createdMilliseconds)
      json.member("region", record.region)
      json.member("ownership", record.ownership.rawValue)
      if record.versioning != .unversioned {
        json.member("versioning", record.versioning.rawValue)
      }
      if record.hasObjectLock { json.member("object_lock", true) }
      if record.placement != .local { json.member("placement", record.placement.rawValue) }
      json.member("quota_objects", ifPresent: record.quota.objects)
      json.member("quota_bytes", ifPresent: record.quota.bytes)
      if !record.documents.isEmpty {
        json.member("documents") { json in
          json.object { json in
            for document in BucketDocument.allCases {
              guard let bytes = record.documents[document] else { continue }
              json.name(Self.name(document))
              json.value(String(decoding: bytes, as: UTF8.self))
            }
          }
        }
      }
      if self.state != .ready {
        json.member("operation", self.operation)
        json.member("since_ms", self.sinceMilliseconds)
      }
    }
  }
}
