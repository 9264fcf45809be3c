/// The commands about the object store.
extension ClusterSteps {
  static let objectLines: [(command: String, flags: [String])] = [
    ("bucket list", ["", "-o json", "-o wide", "-c down"]),
    ("bucket show", ["raw", "raw -o json", "nope"]),
    (
      "bucket create",
      [
        "raw --quota 10GiB --versioning enabled", "raw -o json", "raw -n", "raw --quota lots",
        "raw --versioning on",
      ]
    ),
    ("bucket set", ["raw --quota none", "raw --quota-objects 5 -o json", "raw -n", "nope"]),
    ("bucket delete", ["raw --yes", "raw --yes -o json", "raw", "nope --yes"]),
    (
      "bucket empty",
      ["raw --confirm raw", "raw --confirm raw -o json", "raw --yes", "raw -n", "nope --yes"]
    ),
    ("bucket usage", ["raw", "raw/2026/ --depth 2 -o json", "nope"]),
    ("object usage", ["raw", "raw/2026/ -o json", "nope"]),
    ("bucket lifecycle run", ["raw", "-o json", "raw --wait", "-c down"]),
    ("object list", ["raw", "raw/2026/ --recursive -o json", "raw -o name", "nope"]),
    ("object show", ["raw/a.csv", "raw/a.csv -o json", "raw", "raw/nope"]),
    (
      "object put",
      [
        "a.csv raw/ -n", "a.csv raw/b.csv -n -o json", "- raw/", "/nowhere/a.csv raw/a.csv",
        "a.csv raw/ -n --metadata x", "a.csv raw/ --parallel 0",
      ]
    ),
    (
      "object copy",
      [
        "raw/a.csv old/a.csv -n", "raw/a.csv old/ -n -o json", "raw/ old/",
        "raw/a.csv old/ --recursive", "raw/ old/ --recursive -n",
      ]
    ),
    (
      "object move",
      [
        "raw/a.csv raw/b.csv --yes", "raw/a.csv raw/b.csv --yes -o json", "raw/a.csv raw/b.csv",
        "raw/a.csv raw/b.csv -n",
      ]
    ),
    (
      "object delete",
      [
        "raw/a.csv --yes", "raw/a.csv --yes -o json", "raw/a.csv", "raw --yes", "raw/a.csv -n",
        "raw --prefix 2026/ --confirm raw/2026/", "raw --prefix 2026/ --yes", "--yes",
      ]
    ),
    (
      "object restore",
      ["raw/a.csv --version-id null -n", "raw/a.csv --version-id null -n -o json", "raw/a.csv"]
    ),
    (
      "object presign",
      ["raw/a.csv", "raw/a.csv --for 1h -o json", "raw/a.csv -o name", "raw/a.csv --method PATCH"]
    ),
    ("object upload list", ["raw", "raw -o json", "nope"]),
    (
      "object upload abort",
      [
        "raw AAABmS0vJwAAAE1uYQ --yes", "raw --older-than 7d --yes -o json", "raw --yes",
        "raw --older-than 7d", "raw AAABmS0vJwAAAE1uYQ --older-than 7d --yes",
      ]
    ),
    ("object verify", ["raw/a.csv", "raw/a.csv -o json", "raw", "raw/a.csv -c down"]),
    ("object trace", ["", "-o jsonl", "raw --limit 1", "-o json", "-c down"]),
    ("object hot", ["", "--by client -o json", "--by colour"]),
    ("object latency", ["", "-o json", "-o wide", "-c down"]),
    (
      "object bench",
      ["-n", "-n -o json", "", "--op sing", "--yes --concurrency 0", "--yes -c down"]
    ),
    ("object engine list", ["", "-o json", "-o wide", "-c down"]),
    ("object engine checkpoint", ["", "-o json", "-c down"]),
    ("object engine verify", ["raw", "-o json", "-c down"]),
    ("object engine collect", ["", "-o json", "-c down"]),
    ("volume list", ["", "-o json", "-o wide", "-c down"]),
    ("volume show", ["1", "1 -o json", "9"]),
    ("volume scrub", ["1", "-o json", "1 --wait", "-c down"]),
    ("volume repair", ["1", "-o json", "-c down"]),
    ("volume orphans", ["", "-o json", "-c down"]),
    ("disk list", ["", "-o json", "-o wide", "-c down"]),
    ("disk show", ["d1", "d1 -o json", "d9"]),
    ("disk replace", ["d1 --yes", "d1 --yes -o json", "d9 --yes", "d1"]),
    ("tier list", ["", "-o json", "-c down"]),
  ]

  static let objectSpecial: [(command: String, steps: [GoldenTests.Step])] =
    ["policy", "cors", "lifecycle", "tagging"].flatMap { document in
      let name = "bucket \(document)"
      return [
        ("\(name) show", ["raw", "raw -o json", "nope"].map { Self.step("\(name) show \($0)") }),
        (
          "\(name) set",
          [
            Self.step("\(name) set raw -f -", policy),
            Self.step("\(name) set raw -f - -o json", policy), Self.step("\(name) set raw"),
          ]
        ),
        (
          "\(name) unset",
          ["raw", "raw -o json", "nope"].map { Self.step("\(name) unset \($0)") }
        ),
      ]
    }
}
