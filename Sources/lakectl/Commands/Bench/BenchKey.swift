import Admin
import CommandTable
import JSON
import Values

/// The access key that a bench signs with.
struct BenchKey: Sendable {
  var id: String
  var secret: Secret<String>
  /// It was made for this run.
  var isOwn = false

  static func find(_ call: Invocation) async throws(CommandError) -> BenchKey {
    if let id = call.environment["AWS_ACCESS_KEY_ID"], !id.isEmpty,
      let secret = call.environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty
    {
      return BenchKey(id: id, secret: Secret(secret))
    }
    var input = KeyInput()
    input.summary = "lakectl object bench"
    input.expiresAt = Timestamp(call.clock.now() + .seconds(3600))
    let answer = try await call.ask(IdentityAPI.createKey, input, part: "key")
    guard let id = answer.item["key_id"]?.string, let secret = answer.item["secret"]?.string else {
      throw CommandError(
        .badAnswer, "the key for the bench was not made", why: "the answer has no secret",
        try: ["set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"])
    }
    return BenchKey(id: id, secret: Secret(secret), isOwn: true)
  }

  /// It ends by itself when it cannot be removed.
  func remove(_ call: Invocation) async {
    guard self.isOwn else { return }
    let late = Invocation(call, deadline: call.clock.monotonic() + .seconds(10))
    do throws(CommandError) {
      _ = try await late.ask(IdentityAPI.deleteKey, NameInput(self.id), part: "key.delete")
    } catch {
      call.note("key \(self.id.visible) was not removed: \(error.message.visible)")
    }
  }

  /// Where S3 is: what the cluster signs addresses for.
  static func endpoint(_ call: Invocation) async throws(CommandError) -> String {
    let buckets = try await call.ask(
      ObjectAPI.buckets, BucketsInput(), paging: AdminPaging(limit: 1))
    guard let bucket = buckets.items.first?["bucket"]?.string else {
      throw CommandError(
        .missingValue, "it is not known where S3 is",
        why: "the cluster has no bucket to sign an address of",
        try: ["lakectl object bench --s3-endpoint http://127.0.0.1:9000"])
    }
    var input = PresignInput()
    input.bucket = bucket
    let answer = try await call.ask(ObjectAPI.presign, input)
    return S3Session.place(answer.items.first?["url"]?.string ?? "")
  }
}
