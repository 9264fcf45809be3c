/// The commands about time series.
extension ClusterSteps {
  static let seriesLines: [(command: String, flags: [String])] =
    [
      ("series group list", ["", "-o json", "-o wide", "-c down"]),
      ("series group show", ["sw", "sw -o json", "nope"]),
      (
        "series group create",
        [
          "sw --catalog measure --shards 2 --segment 1d --ttl 7d --stage warm:30d:type=warm",
          "sw --catalog measure -o json", "sw", "sw --catalog measure --ttl 7",
          "sw --catalog measure --stage warm", "sw --catalog measure -n",
        ]
      ),
      (
        "series group set",
        ["sw --ttl 3d --yes", "sw --ttl 3d --yes -o json", "sw --ttl 3d", "sw --ttl 3d -n"]
      ),
      (
        "series group delete",
        [
          "sw --force not-empty --confirm sw", "sw --confirm sw -o json", "sw --yes", "sw -n",
          "sw --confirm sw --wait", "nope --confirm nope",
        ]
      ),
      ("series group inspect", ["sw", "sw -o json", "sw -c down"]),
    ] + seriesKindLines + seriesDataLines + seriesUpkeepLines

  private static let seriesKindLines: [(command: String, flags: [String])] =
    [
      ("stream", true), ("measure", true), ("trace", true), ("property-schema", true),
      ("index-rule", false), ("index-binding", false), ("topn", false),
    ].flatMap { kind, isTable in
      [
        ("series \(kind) list", ["", "sw -o json", "-c down"]),
        ("series \(kind) show", ["sw/a", "sw/a -o json", "sw/b", "sw"]),
        (
          "series \(kind) delete",
          isTable
            ? ["sw/a --confirm sw/a", "sw/a --confirm sw/a -o json", "sw/a --yes", "sw/a -n"]
            : ["sw/a --yes", "sw/a --yes -o json", "sw/a", "sw/a -n"]
        ),
      ]
    }

  private static let seriesDataLines: [(command: String, flags: [String])] = [
    (
      "series query",
      [
        "'SELECT * FROM MEASURE cpm IN sw'", "'SELECT 1' -o json",
        "'SELECT 1' --graph", "'SELECT 1' --explain", "'SELECT 1' --explain -o json", "",
        "'SELECT 1' --param 5",
        "'SELECT 1' -c down",
      ]
    ),
    (
      "series topn",
      [
        "sw/cpm_topn --n 3 --since -1h --tag service=web --agg max", "sw/cpm_topn -o json",
        "sw", "sw/cpm_topn --order up",
      ]
    ),
    ("series property list", ["sw/ui", "sw/ui --id 1 -o json", "sw/nope"]),
    (
      "series property apply",
      [
        "sw/ui 1 --tag name=main --tag port:=8080", "sw/ui 1 --tag name=main -o json", "sw/ui 1",
        "sw/ui 1 --tag name=main -n",
      ]
    ),
    (
      "series property delete",
      ["sw/ui 1 --confirm sw/ui", "sw/ui --confirm sw/ui -o json", "sw/ui 1 --yes", "sw/ui -n"]
    ),
  ]

  private static let seriesUpkeepLines: [(command: String, flags: [String])] = [
    ("series segment list", ["", "sw -o json", "-o wide", "-c down"]),
    ("series part list", ["", "sw -o json", "-o wide", "-c down"]),
    ("series cardinality", ["sw", "sw --subject cpm --top 5 -o json", "nope"]),
    ("series analyze", ["", "sw -o json", "-c down"]),
    ("series retention list", ["", "sw -o json", "-c down"]),
    (
      "series retention set",
      ["sw --ttl 7d --yes", "sw --ttl 7d --yes -o json", "sw --ttl 7d", "sw --ttl week --yes"]
    ),
    ("series topn status", ["", "sw -o json", "-o wide", "-c down"]),
    ("series topn rebuild", ["sw/cpm_topn", "sw/cpm_topn -o json", "sw", "sw/a -c down"]),
    ("series placement list", ["", "-o json", "-o wide", "-c down"]),
    ("series placement plan", ["", "-o json", "-c down"]),
    ("series placement apply", ["", "sw -o json", "--wait", "-c down"]),
    ("series migrate plan", ["", "-o json", "-o wide", "-c down"]),
    ("series migrate orphans", ["", "-o json", "-o wide", "-c down"]),
    ("series statements", ["", "-o json", "-o wide", "-c down"]),
    ("series migrate run", ["", "sw -o json", "--wait", "-c down"]),
    ("series migrate status", ["", "-o json", "-o wide", "-c down"]),
    ("series retention run", ["", "-o json", "--wait", "-c down"]),
    ("series flush", ["", "-o json", "-n", "-c down"]),
    ("series merge", ["sw", "-o json", "sw --wait", "-c down"]),
    ("series scrub", ["sw", "-o json", "-c down"]),
    (
      "series backup list",
      ["file:///srv/backups", "file:///srv/backups -o json", "/srv/backups", "s3://b -c down"]
    ),
    (
      "series backup create",
      [
        "s3://backups/series --group sw", "file:///srv/backups -o json",
        "file:///srv/backups --wait", "file:///srv/backups -n", "ftp://x",
      ]
    ),
    (
      "series backup verify",
      ["file:///srv/backups last", "file:///srv/backups last -o json", "file:///srv/backups"]
    ),
    (
      "series backup delete",
      [
        "file:///srv/backups old --confirm old", "file:///srv/backups old --confirm old -o json",
        "file:///srv/backups old --yes",
      ]
    ),
    (
      "series restore",
      [
        "file:///srv/backups last --group sw --yes", "file:///srv/backups last --yes -o json",
        "file:///srv/backups last", "file:///srv/backups last -n",
      ]
    ),
    ("series snapshot list", ["", "-o json", "-c down"]),
    ("series snapshot create", ["", "--group sw -o json", "-n", "-c down"]),
    (
      "series snapshot delete",
      [
        "20261120140321-0123abcd --yes", "20261120140321-0123abcd --yes -o json",
        "20261120140321-0123abcd", "nope --yes",
      ]
    ),
  ]

  static let seriesDocument = """
    metadata: {group: sw, name: a}
    tags: [service]
    """

  static let seriesDocuments = """
    kind: measure
    metadata: {group: sw, name: a}
    ---
    - kind: group
      metadata: {name: sw}
    """

  private static let seriesRow =
    #"{"measure":"sw/cpm","time":"2026-11-20T14:00:00Z","tags":{"id":"a"},"fields":{"value":5}}"#

  static let seriesSpecial: [(command: String, steps: [GoldenTests.Step])] =
    [
      "stream", "measure", "trace", "property-schema", "index-rule", "index-binding", "topn",
    ].flatMap { kind in
      [
        (
          "series \(kind) create",
          [
            Self.step("series \(kind) create -f -", seriesDocument),
            Self.step("series \(kind) create -f - -o json", seriesDocument),
            Self.step("series \(kind) create -f -", "kind: group\n"),
            Self.step("series \(kind) create"),
          ]
        ),
        (
          "series \(kind) set",
          [
            Self.step("series \(kind) set -f - --yes", seriesDocument),
            Self.step("series \(kind) set -f - --yes -o json", seriesDocument),
            Self.step("series \(kind) set -f -", seriesDocument),
          ]
        ),
      ]
    } + [
      (
        "series apply",
        [
          Self.step("series apply -f -", seriesDocuments),
          Self.step("series apply -f - -o json", seriesDocuments),
          Self.step("series apply -f - -n", seriesDocuments), Self.step("series apply"),
          Self.step("series apply -f -", "metadata: {name: a}\n"),
          Self.step("series apply -f -", "kind: mesure\n"),
          Self.step("series apply -f - -c down", seriesDocuments),
        ]
      ),
      (
        "series diff",
        [
          Self.step("series diff -f -", seriesDocuments),
          Self.step("series diff -f - -o json", seriesDocuments),
          Self.step("series diff -f -", "---\n"), Self.step("series diff -f - -o json", "---\n"),
          Self.step("series diff -f - -c down", seriesDocuments),
        ]
      ),
      (
        "series export",
        [
          "series export", "series export -o json", "series export --kind measure --group sw",
          "series export -c down",
        ].map { Self.step($0) }
      ),
      (
        "series write",
        [
          Self.step("series write -f -", seriesRow + "\n\n" + seriesRow + "\n"),
          Self.step("series write -f - -o json", seriesRow), Self.step("series write -f - -n", ""),
          Self.step("series write -f - -o json", ""), Self.step("series write -f -", ""),
          Self.step("series write -f -", "{\n"),
        ]
      ),
    ]
}
