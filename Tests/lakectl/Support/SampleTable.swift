package import CommandTable
private import JSON
package import Values

/// A table with every kind of command, for the tests of what is derived from tables.
package enum SampleTable {
  package static let root = Command(
    name: "lakectl", summary: "operate a sample", children: [shard, Status.command])

  static let shard = Command(
    name: "shard", summary: "look at and move shards", heading: .sql,
    children: [
      ShardList.command, ShardMove.command, ShardDrop.command, ShardNote.command,
      ShardFollow.command,
    ])

  package enum ShardList {
    package static let table = Option<PlainName>(
      "table", short: "t", "only the shards of this table")
    package static let columns: [Column] = [
      Column(key: "shard", isNullable: false), Column(key: "leader", priority: 1),
      Column(key: "replicas", .list),
      Column(key: "state", .word(["active", "moving", "leaderless"]), priority: 3),
      Column(key: "size_bytes", priority: 2), Column(key: "row_count", title: "ROWS"),
      Column(key: "lag_bytes", priority: 2), Column(key: "snapshot_id", isWide: true),
      Column(key: "observed_at", isWide: true), Column(key: "disk_used_ratio", isWide: true),
      Column(key: "write_per_s", isWide: true), Column(key: "took_ms", isWide: true),
    ]

    package static let rows: [Row] = [
      [
        "shard": "orders/7", "leader": "n2", "replicas": .list(["n1", "n3"]), "state": "moving",
        "size_bytes": 95_455_854_592, "row_count": 143_712_004, "lag_bytes": 4_194_304,
        "snapshot_id": "8744736658442914487",
        "observed_at": .time(Timestamp(CommandRun.now)), "disk_used_ratio": .real(0.97),
        "write_per_s": .real(1612.5), "took_ms": 4100,
      ],
      [
        "shard": "orders/6", "leader": "n1", "replicas": .list(["n2", "n3"]), "state": "active",
        "size_bytes": 43_379_169_690, "row_count": 65_100_000, "lag_bytes": 0,
        "snapshot_id": "1", "disk_used_ratio": .real(0), "write_per_s": .stale(.real(3)),
      ],
    ]

    static let command = Command(
      name: "list", summary: "list shards",
      call: Call(
        parameters: [table.parameter], effect: .reads, output: .list("Shard", columns),
        needs: .configuration,
        examples: [Example(text: "All of orders", line: "lakectl shard list -t orders")],
        run: { call async throws(CommandError) in
          let table = call[table]?.text
          return .list(
            rows.filter { row in
              table.map { row["shard"].rawText.hasPrefix($0 + "/") } ?? true
            })
        }))
  }

  package enum ShardMove {
    package static let shard = Argument<PlainName>("shard", "the shard, as TABLE/NUMBER")
    package static let target = Option<PlainName>("to", .one, "where the shard goes")
    package static let rate = Option<ByteCount>(
      "rate", default: "64MiB", "copy at most this much a second")
    package static let labels = ListOption<String>("label", "a note on the job")

    static let command = Command(
      name: "move", summary: "move a shard to another node",
      call: Call(
        parameters: [shard.parameter, target.parameter, rate.parameter, labels.parameter],
        effect: .hardToUndo,
        output: .change(
          "ShardMove",
          [
            Column(key: "job_id", isNullable: false), Column(key: "shard"), Column(key: "to_node"),
            Column(key: "rate_bytes"),
          ]), isJob: true,
        exits: [.conflict: "the shard is already being moved"],
        examples: [
          Example(text: "Move one", line: "lakectl shard move orders/7 --to n5 --wait")
        ],
        plan: { call async throws(CommandError) in
          Plan(
            action: "move shard \(call[shard].text) to \(call[target]?.text ?? "")",
            name: call[shard].text, facts: [("copies", "88.9 GiB")],
            undo: "lakectl shard move \(call[shard].text) --to n2")
        },
        run: { call async throws(CommandError) in
          .change(
            !call.isDryRun,
            [
              "job_id": "01J9FZ7K2M", "shard": .text(call[shard].text),
              "to_node": .optional(call[target]?.text),
              "rate_bytes": .integer(call[rate]?.bytes ?? 0),
            ], job: "01J9FZ7K2M")
        }))
  }

  package enum ShardDrop {
    static let shard = Argument<PlainName>("shard", "the shard")

    static let command = Command(
      name: "delete", summary: "destroy a shard",
      call: Call(
        parameters: [shard.parameter], effect: .destroys,
        output: .change("Shard", [Column(key: "shard", isNullable: false)]),
        examples: [
          Example(text: "It is gone", line: "lakectl shard delete orders/7 --confirm orders/7")
        ],
        plan: { call async throws(CommandError) in
          Plan(action: "destroy shard \(call[shard].text)", name: call[shard].text)
        },
        run: { call async throws(CommandError) in
          .change(true, ["shard": .text(call[shard].text)])
        }))
  }

  package enum ShardFollow {
    static let follow = Flag("follow", "go on until interrupted")

    static let command = Command(
      name: "events", summary: "show what happens to shards",
      call: Call(
        parameters: [follow.parameter], effect: .reads,
        output: .list("Event", [Column(key: "event"), Column(key: "size_bytes")]),
        examples: [Example(text: "As it happens", line: "lakectl shard events --follow")],
        run: { call async throws(CommandError) in
          if call[follow] { try call.requireLines(flag: "--follow") }
          for batch in 0..<3 {
            let rows: [Row] = (0..<2).map { index in
              ["event": .text("e\(batch)\(index)"), "size_bytes": .integer(Int64(batch) * 1024)]
            }
            guard try call.rows.emit(rows) else { break }
          }
          return Outcome(.streamed)
        }))
  }

  package enum ShardNote {
    static let shard = Argument<PlainName>("shard", "the shard")
    static let text = OptionalArgument<String>("text", "what to remember")

    static let command = Command(
      name: "set", summary: "keep a note on a shard",
      call: Call(
        parameters: [shard.parameter, text.parameter], effect: .writes,
        output: .change("Shard", [Column(key: "shard", isNullable: false), Column(key: "note")]),
        examples: [Example(text: "Note it", line: "lakectl shard set orders/7 hot")],
        run: { call async throws(CommandError) in
          .change(
            true, ["shard": .text(call[shard].text), "note": .optional(call[text])],
            undo: "lakectl shard set \(call[shard].text)")
        }))
  }

  package enum Status {
    static let check = Flag("check", "exit 8 unless all is well")

    static let command = Command(
      name: "status", summary: "show the state of everything", heading: .look,
      call: Call(
        parameters: [check.parameter], effect: .reads,
        output: .record("Status", [Column(key: "service"), Column(key: "error_ratio")]),
        examples: [Example(text: "For probes", line: "lakectl status --check")],
        run: { call async throws(CommandError) in
          let answer = try await call.client().send(
            AdminRequest(path: "/admin/v1/status"), until: call.deadline)
          return .record([
            "service": .text(String(decoding: answer, as: UTF8.self)), "error_ratio": .null,
          ])
        }))
  }
}
