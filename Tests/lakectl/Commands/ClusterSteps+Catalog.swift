/// The commands about the catalog.
extension ClusterSteps {
  static let catalogLines: [(command: String, flags: [String])] = [
    ("catalog warehouse list", ["", "-o json", "-o wide", "-c down"]),
    ("catalog warehouse show", ["lake", "lake -o json", "nope"]),
    (
      "catalog warehouse create",
      [
        "lake --location s3://lake/tables", "lake --location s3://lake/tables -o json", "lake",
        "lake --location s3://lake/tables --protected maybe",
        "lake --location s3://lake/tables -n",
      ]
    ),
    (
      "catalog warehouse set",
      ["lake --soft-delete 7d", "lake --access signed -o json", "nope --soft-delete 7d"]
    ),
    (
      "catalog warehouse delete",
      ["lake --yes --confirm lake", "lake --yes --confirm lake -o json", "lake"]
    ),
    ("catalog namespace list", ["", "sales -o json", "--recursive", "-c down"]),
    ("catalog namespace show", ["sales", "sales -o json", "nope"]),
    (
      "catalog namespace create",
      ["sales --owner ann", "sales -o json", "sales --property owner"]
    ),
    (
      "catalog namespace set",
      ["sales --property team=eu --remove owner", "sales --remove owner -o json", "nope"]
    ),
    (
      "catalog namespace delete",
      [
        "sales --yes", "sales --yes -o json", "sales",
        "sales --recursive --yes --confirm sales", "sales --recursive --yes",
      ]
    ),
    (
      "catalog table list",
      ["sales", "sales -o json", "sales -o wide", "--recursive", "sales -c down"]
    ),
    ("catalog table show", ["sales.orders", "sales.orders -o json", "sales.nope"]),
    (
      "catalog table register",
      [
        "sales.orders --metadata s3://lake/x.metadata.json",
        "sales.orders --metadata s3://lake/x.metadata.json -o json", "sales.orders",
      ]
    ),
    (
      "catalog table rename",
      [
        "sales.orders archive.orders", "sales.orders archive.orders -o json", "sales.nope x.y",
      ]
    ),
    (
      "catalog table set",
      [
        "sales.orders --protected true", "sales.orders --property a=b -o json",
        "sales.nope --remove a",
      ]
    ),
    (
      "catalog table drop",
      ["sales.orders --yes", "sales.orders --yes -o json", "sales.orders"]
    ),
    (
      "catalog table undrop",
      ["sales.orders", "sales.orders --as sales.old -o json", "sales.nope"]
    ),
    (
      "catalog table purge",
      [
        "sales.orders --yes --confirm sales.orders",
        "sales.orders --yes --confirm sales.orders -o json", "sales.orders",
      ]
    ),
    ("catalog deleted list", ["", "sales -o json", "-c down"]),
    ("catalog snapshot list", ["sales.orders", "sales.orders -o json", "sales.nope"]),
    (
      "catalog snapshot rollback",
      [
        "sales.orders@3051729675574597004 --yes",
        "sales.orders 3051729675574597004 --yes -o json", "sales.orders last --yes",
        "sales.orders --yes", "sales.orders@1 2 --yes",
      ]
    ),
    ("catalog ref list", ["sales.orders", "sales.orders -o json", "sales.nope"]),
    (
      "catalog ref create",
      [
        "sales.orders q3 --keep 365d", "sales.orders q3 --branch -o json",
        "sales.orders q3 --at audit", "sales.nope q3",
      ]
    ),
    (
      "catalog ref delete",
      ["sales.orders q3 --yes", "sales.orders q3 --yes -o json", "sales.orders q3"]
    ),
    ("catalog view list", ["sales", "sales -o json", "sales -c down"]),
    (
      "catalog view rename",
      [
        "sales.daily sales.per_day", "sales.daily sales.per_day -o json", "sales.nope x.y",
      ]
    ),
    (
      "catalog view undrop",
      ["sales.daily", "sales.daily --as sales.old -o json", "sales.nope"]
    ),
    (
      "catalog table alter",
      [
        "sales.orders --add 'note string' --type id=long --yes",
        "sales.orders --drop note --yes -o json", "sales.orders --rename at=sold_at",
        "sales.orders --rename at --yes", "sales.nope --drop a --yes",
      ]
    ),
    (
      "catalog view drop",
      ["sales.daily --yes", "sales.daily --yes -o json", "sales.daily"]
    ),
    (
      "catalog table history",
      ["sales.orders", "sales.orders -o json", "sales.orders -o wide", "sales.nope"]
    ),
    (
      "catalog table files",
      [
        "sales.orders", "sales.orders -o json", "sales.orders --snapshot 3051729675574597004",
        "sales.orders@audit", "sales.nope",
      ]
    ),
    ("catalog table manifests", ["sales.orders", "sales.orders -o json", "sales.nope"]),
    ("catalog table metadata", ["sales.orders", "sales.orders -o json", "sales.nope"]),
    (
      "catalog snapshot show",
      [
        "sales.orders@3051729675574597004", "sales.orders 3051729675574597004 -o json",
        "sales.nope@1", "sales.orders",
      ]
    ),
    ("catalog view show", ["sales.daily", "sales.daily -o json", "sales.nope"]),
    (
      "catalog diff",
      [
        "sales.orders 3051729675574597004 3055729675574597004",
        "sales.orders 3051729675574597004 3055729675574597004 -o json", "sales.orders 1 last",
        "sales.returns@1 sales.returns@2", "sales.returns 1 2 -o json", "sales.orders@1 x.y@2",
        "sales.orders@1 sales.orders",
      ]
    ),
    (
      "catalog check",
      [
        "sales.orders", "sales.orders -o json", "sales.returns", "sales.returns -o json",
        "sales.nope", "sales --recursive",
      ]
    ),
    ("catalog activity", ["", "sales -o json", "-o wide", "-c down"]),
    ("catalog export", ["", "sales -o json", "-o jsonl", "-c down"]),
    (
      "catalog maintenance expire",
      [
        "sales.orders --older-than 30d --keep-last 3 --yes", "sales.orders --yes -o json",
        "sales.orders -n", "sales.orders",
      ]
    ),
    (
      "catalog maintenance orphans",
      ["sales.orders --yes", "sales.orders -n -o json", "sales.nope --yes"]
    ),
    (
      "catalog maintenance manifests",
      ["sales.orders --yes", "sales.orders --yes -o json", "sales.nope --yes"]
    ),
    (
      "catalog maintenance compact",
      ["sales.orders --yes", "sales.orders -n -o json", "sales.nope --yes"]
    ),
    (
      "catalog maintenance schedule list",
      ["", "sales -o json", "-o wide", "-c down"]
    ),
    (
      "catalog maintenance schedule set",
      [
        "expire sales --every 1d --older-than 30d", "expire sales --every 1d -o json",
        "expire --every 1d -n", "orphans nope --every 1d",
      ]
    ),
    (
      "catalog maintenance schedule delete",
      ["expire sales", "expire sales -o json", "orphans sales"]
    ),
    (
      "catalog table stats",
      ["sales.orders", "sales.orders --since 7d -o json", "sales.nope"]
    ),
    ("catalog event list", ["", "--after 120 -o json", "-c down"]),
  ]

  private static let exported = """
    {"name":"sales","entry":"namespace","properties":{"owner":"ann"}}
    {"name":"sales.orders","entry":"table","metadata_location":"s3://lake/x.metadata.json"}
    """

  private static let columns = "# orders\nid long required\nat timestamptz\n"

  static let catalogSpecial: [(command: String, steps: [GoldenTests.Step])] = [
    (
      "catalog table create",
      [
        Self.step("catalog table create sales.orders --schema - --partition day(at)", columns),
        Self.step("catalog table create sales.orders --schema - -o json", columns),
        Self.step(
          "catalog table create sales.orders --schema - -n", #"{"type":"struct","fields":[]}"#),
        Self.step("catalog table create sales.orders --schema -", "{"),
        Self.step("catalog table create sales.orders --schema -", "# nothing"),
        Self.step("catalog table create sales.orders"),
      ]
    ),
    (
      "catalog view create",
      [
        Self.step("catalog view create sales.daily --sql - --dialect spark", "SELECT 1"),
        Self.step("catalog view create sales.daily --sql - --dialect spark -o json", "SELECT 1"),
        Self.step("catalog view create sales.daily --sql /nowhere/daily.sql --dialect spark"),
      ]
    ),
    (
      "catalog view set",
      [
        Self.step("catalog view set sales.daily --sql - --dialect trino", "SELECT 1"),
        Self.step("catalog view set sales.daily --protected true -o json"),
        Self.step("catalog view set sales.daily --protected maybe"),
        Self.step("catalog view set sales.nope --remove a"),
      ]
    ),
    (
      "catalog import",
      [
        Self.step("catalog import -", exported), Self.step("catalog import - -o json", exported),
        Self.step("catalog import - -n", exported), Self.step("catalog import -", "[1]"),
        Self.step("catalog import /nowhere/lake.json"),
      ]
    ),
  ]
}
