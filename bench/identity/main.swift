import Cluster
import ClusterTesting
import Glibc
import Identity
import Runtime
import Security
import Simulation
import Values

// Prints what an evaluation and the look-ups of a log-in cost on one thread, in a directory of 10,000
// users and 20,000 access keys:
//
//    swift run -c release bench-identity

/// This thread's own time: the machine may do other things beside.
func processorTime() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func measure(_ name: String, rounds: Int = 1_000_000, _ body: () throws -> Void) rethrows {
  var best = Double.infinity
  for _ in 0..<3 {
    let start = processorTime()
    for _ in 0..<rounds { try body() }
    best = min(best, Double(processorTime() - start) / Double(rounds))
  }
  print("\(name): \(Int(best)) ns")
}

let policyText = """
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret/*",
     "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    {"Effect": "Allow", "Action": "catalog:*", "Resource": "catalog/lake/*"}]}
  """
let author = Author("bench")

/// Fills the store itself: 30,000 changes one by one would take minutes.
func filled(_ world: World, _ facts: ModelFacts, _ ring: KeyRing) async throws
  -> (IdentityService, RootCredentials)
{
  let first = try await IdentityService.open(
    facts: facts, ring: ring, clock: world.clock, random: world.random)
  guard case .created(let root) = try await first.bootstrap(RootParameters()) else {
    fatalError("there was a root")
  }
  _ = try await first.create(PolicyRecord("p", text: policyText), by: author)
  let user = User("u0", account: root.accountID, roles: ["reader"], policies: ["p"])
  _ = try await first.createUser(user, password: Secret("password 0"), by: author)
  let key = try await first.createKey(owner: .user("u0"), by: author)
  let userFact = try await facts.get(RecordKey(.user, "u0").fact)
  let userText = String(decoding: userFact?.value ?? [], as: UTF8.self)
  for number in 1..<10_000 {
    let text = userText.replacing("\"u0\"", with: "\"u\(number)\"")
    _ = try await facts.put(RecordKey(.user, "u\(number)").fact, Array(text.utf8))
  }
  let keyFact = try await facts.get(RecordKey(.key, key.record.id).fact)
  let keyText = String(decoding: keyFact?.value ?? [], as: UTF8.self)
  for number in 1..<20_000 {
    let id = "LK\(100_000_000_000_000_000 + number)"
    let text = keyText.replacing(key.record.id, with: id)
      .replacing("user:u0", with: "user:u\(number % 10_000)")
    _ = try await facts.put(RecordKey(.key, id).fact, Array(text.utf8))
  }
  // The guard counts what is above as one change.
  _ = try await first.create(Role("r"), by: author)
  let start = processorTime()
  let identity = try await IdentityService.open(
    facts: facts, ring: ring, clock: world.clock, random: world.random)
  print("load 10,000 users and 20,000 keys: \((processorTime() - start) / 1_000_000) ms")
  return (identity, root)
}

try Simulation.run(seed: 1) { world in
  let master = try MasterKey(text: [UInt8](repeating: 0x41, count: 40), origin: "bench")
  let ring = try await KeyRing.open(
    "/keys.json", on: world.disk, master: master, random: world.random, clock: world.clock)
  let facts = ModelFacts(time: world.clock)
  let (identity, root) = try await filled(world, facts, ring)
  let read: Action = "s3:GetObject"
  let cluster: Action = "cluster:read"
  let context = AccessContext(
    time: world.clock.wallNow, sourceAddress: NetworkAddress("10.1.2.3"), isSecure: true)
  let user = try await identity.authenticate(user: "u0", password: "password 0", source: "")
  let bucket = try RuleSet(
    PolicyDocument(
      parsing: policyText.replacing("catalog:*", with: "s3:ListBucket")
        .replacing("catalog/lake/*", with: "arn:aws:s3:::b")
        .replacing("\"Effect\"", with: "\"Principal\": \"*\", \"Effect\""),
      placement: .bucket("b")), source: "bucket policy")
  let object = "arn:aws:s3:::b/data/2026/11/30/part-00001.parquet"
  var allowed = 0
  measure("evaluate a role's action") {
    if identity.evaluate(user, cluster, on: "cluster", context).isAllowed { allowed += 1 }
  }
  measure("evaluate an object behind two policies") {
    let request = AccessRequest(
      read, on: object, context, resourceOwner: root.accountID, resourcePolicy: bucket)
    if identity.evaluate(user, request).isAllowed { allowed += 1 }
  }
  try measure("secret(forAccessKey:)") {
    if try identity.secret(forAccessKey: root.accessKeyID).secrets.count == 1 { allowed += 1 }
  }
  let session = try identity.issueSession(for: user)
  try measure("authenticate(bearer:), a session") {
    _ = try identity.authenticate(bearer: session.token.exposed, source: "")
  }
  try measure("authenticate(bearer:), a stored token") {
    _ = try identity.authenticate(bearer: root.adminToken.exposed, source: "")
  }
  try measure("mintCredentials", rounds: 100_000) {
    _ = try identity.mintCredentials(
      delegatedTo: user, on: [StoragePrefix(bucket: "b", prefix: "t/", canWrite: true)],
      lifetime: .seconds(3600))
  }
  let start = processorTime()
  for number in 0..<20 {
    _ = try await identity.create(Role("r\(number)"), by: author)
  }
  print("a change of a role: \((processorTime() - start) / 20_000_000) ms")
  precondition(allowed == 9_000_000, "\(allowed) were allowed")
}
