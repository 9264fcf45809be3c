import CommandTable
import JSON
import LakectlCommands
import LakectlTesting
import TestSupport
import Testing

@Suite("Documents")
struct ApplyTests {
  static let documents = """
    kind: role
    name: lead
    inherits: [curator]
    ---
    kind: role
    name: curator
    description: ends jobs
    ---
    kind: group
    name: analysts
    roles: [curator]
    ---
    kind: user
    name: ann
    roles: [lead]
    groups: [analysts]
    ---
    kind: policy
    name: read-raw
    document: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "raw/*"}]}
    attached_to: [group/analysts]
    ---
    kind: grant
    who: role/curator
    privilege: "job:operate"
    resource: "*"
    ---
    kind: grant
    who: role/curator
    privilege: "key:*"
    resource: "*"
    effect: deny
    ---
    kind: setting
    key: jobs.keep_days
    value: 14
    """

  static func run(
    _ line: String, _ cluster: LivingCluster, input: String = documents
  ) async -> CommandRun.Result {
    var run = CommandRun(root: Lakectl.root, config: ClusterSteps.config)
    run.client = cluster.provider
    run.input = input
    return await run.run(line)
  }

  static func actions(_ result: CommandRun.Result) throws -> [String: String] {
    let items = try #require(try JSONValue(parsing: result.output)["items"]?.array)
    return Dictionary(
      uniqueKeysWithValues: items.map {
        ("\($0["kind"]?.string ?? "") \($0["name"]?.string ?? "")", $0["action"]?.string ?? "")
      })
  }

  @Test("applying twice changes nothing the second time, for each kind")
  func twice() async throws {
    let cluster = LivingCluster()
    let first = await Self.run("apply -f - -o json", cluster)
    #expect(first.exit == .ok, "\(first)")
    #expect(try Self.actions(first).values.allSatisfy { $0 == "create" })
    #expect(
      cluster.writes == [
        "POST roles", "POST roles", "POST groups", "POST users", "POST policies",
        "POST policies/read-raw/attach", "POST grants", "POST grants",
        "PUT cluster/settings/jobs.keep_days",
      ])
    let second = await Self.run("apply -f - -o json", cluster)
    let actions = try Self.actions(second)
    #expect(actions.count == 8)
    for (name, action) in actions { #expect(action == "unchanged", "\(name)") }
    #expect(cluster.writes.count == 9)
  }

  @Test(
    "what is exported is applied without a change, as YAML and as JSON",
    arguments: ["", " -o json"])
  func roundTrip(format: String) async throws {
    let cluster = LivingCluster()
    #expect(await Self.run("apply -f -", cluster).exit == .ok)
    let exported = await Self.run("export" + format, cluster)
    #expect(exported.exit == .ok)
    let again = await Self.run("apply -f - -o json", cluster, input: exported.output)
    #expect(again.exit == .ok, "\(again.errors)\n\(exported.output)")
    for (name, action) in try Self.actions(again) { #expect(action == "unchanged", "\(name)") }
    // And an empty cluster becomes the same.
    let other = LivingCluster()
    #expect(await Self.run("apply -f -", other, input: exported.output).exit == .ok)
    #expect(await Self.run("export" + format, other).output == exported.output)
  }

  @Test("a dry run sends no change, and what differs is named")
  func dryRun() async throws {
    let cluster = LivingCluster()
    #expect(await Self.run("apply -f -", cluster).exit == .ok)
    let count = cluster.writes.count
    let changed =
      "kind: user\nname: ann\nroles: []\n---\nkind: setting\nkey: jobs.keep_days\nvalue: 15\n"
    let plan = await Self.run(
      "apply -f - -n -o tsv --columns name,action,changes", cluster, input: changed)
    #expect(
      plan.output
        == "name\taction\tchanges\nann\tupdate\troles\njobs.keep_days\tupdate\tvalue\n")
    #expect(cluster.writes.count == count)
    let done = await Self.run("apply -f -", cluster, input: changed)
    #expect(done.exit == .ok)
    #expect(cluster.writes.suffix(2) == ["PATCH users/ann", "PUT cluster/settings/jobs.keep_days"])
  }

  @Test("pruning removes what no document speaks of, of their kinds only, and never oneself")
  func prune() async throws {
    let cluster = LivingCluster()
    #expect(await Self.run("apply -f -", cluster).exit == .ok)
    let root = "kind: user\nname: root\n"
    #expect(await Self.run("apply -f -", cluster, input: root).exit == .ok)
    let left = "kind: user\nname: bob\n---\nkind: role\nname: curator\n"
    let refused = await Self.run("apply -f - --prune --yes", cluster, input: left)
    #expect(refused.exit == .refused)
    #expect(refused.errors.contains("delete  user ann, role lead"))
    let count = cluster.writes.count
    let done = await Self.run("apply -f - --prune --confirm prune", cluster, input: left)
    #expect(done.exit == .ok, "\(done.errors)")
    #expect(
      cluster.writes.dropFirst(count) == ["POST users", "DELETE users/ann", "DELETE roles/lead"])
  }

  @Test("the parts of one run have ids of their own, the same in every run")
  func requestIDs() async throws {
    let cluster = LivingCluster()
    #expect(await Self.run("apply -f - --request-id ci-7", cluster).exit == .ok)
    let ids = cluster.ids.compactMap { $0 }
    #expect(ids.count == cluster.writes.count)
    #expect(Set(ids).count == ids.count)
    #expect(ids.first == "ci-7.role.curator")
    #expect(ids.allSatisfy { id in id.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    let long = String(repeating: "x", count: 120)
    let other = LivingCluster()
    #expect(await Self.run("apply -f - --request-id \(long)", other).exit == .ok)
    let cut = other.ids.compactMap { $0 }
    #expect(Set(cut).count == cut.count && cut.allSatisfy { $0.utf8.count <= 128 })
    let bad = await Self.run("apply -f - --request-id 'a b'", LivingCluster())
    #expect(bad.exit == .usage)
    #expect(ids.contains("ci-7.policy.read-raw.%2Bgroup%2Fanalysts"))
  }

  @Test(
    "a document that cannot be understood is refused by its place, before anything is sent",
    arguments: [
      ("name: x", "it has no kind"), ("- 1", "a document is a mapping"),
      ("kind: role", "has a member \"name\""), ("kind: role\nname: [a]", "\"name\" is not that"),
      ("kind: user\nname: a\nroles: b", "\"roles\" is a list of names"),
      ("kind: grant\nwho: a\nprivilege: b\nresource: c\neffect: maybe", "allow or deny"),
      (
        "kind: role\nname: a\n---\nkind: role\nname: a",
        "at standard input:1 and at standard input:4"
      ),
      ("kind: policy\nname: a\ndocument: x", "\"document\" is not that"), ("a: [", ""),
      ("kind: user\nname: a\npassword: b", "no member \"password\""),
    ])
  func refused(text: String, why: String) async throws {
    let cluster = LivingCluster()
    let result = await Self.run("apply -f -", cluster, input: text)
    #expect(result.exit == .usage, "\(result)")
    #expect(result.errors.replacing("\n        ", with: " ").contains(why), "\(result.errors)")
    #expect(cluster.writes.isEmpty)
  }

  @Test("a folder stands for its documents, by name")
  func folder() async throws {
    let directory = TemporaryDirectory("documents")
    try Files.write("kind: role\nname: b\n", to: directory.file("2.yml"))
    try Files.write(#"[{"kind":"role","name":"a"}]"#, to: directory.file("1.json"))
    try Files.write("not: this", to: directory.file("notes.txt"))
    let cluster = LivingCluster()
    let result = await Self.run("apply -f \(directory.path) -o name", cluster)
    #expect(result.output == "a\nb\n")
    let empty = TemporaryDirectory("documents")
    #expect(await Self.run("apply -f \(empty.path)", cluster).errors.contains("input.unreadable"))
  }
}
