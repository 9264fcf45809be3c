import Admin
import CommandTable
import JSON

enum ContentColumns {
  static let snapshot = RecordColumns(
    SnapshotRecord.self,
    [
      "snapshot_id", "at", "operation", "added_files_count", "added_rows_count",
      "deleted_rows_count",
    ],
    titles: ["snapshot_id": "SNAPSHOT"])
  static let one = RecordColumns(
    SnapshotRecord.self,
    ["snapshot_id", "at", "operation", "refs", "added_rows_count", "size_bytes"],
    titles: ["snapshot_id": "SNAPSHOT"])
  static let file = RecordColumns(
    TableFileRecord.self, ["path", "partition", "rows_count", "size_bytes", "content"])
  static let manifest = RecordColumns(
    TableManifestRecord.self,
    [
      "path", "content", "size_bytes", "added_files_count", "existing_files_count",
      "deleted_files_count",
    ], titles: ["snapshot_id": "SNAPSHOT"])
  static let diff = RecordColumns(
    TableDiffRecord.self, ["path", "change", "rows_count", "size_bytes"])
  static let check = RecordColumns(TableCheckRecord.self, ["table", "check", "state", "found"])
  static let view = RecordColumns(
    CatalogViewRecord.self, ["view", "dialects", "version_id", "updated_at"])
}

enum ContentArgument {
  static let at = Option<PlainName>(
    "snapshot", placeholder: "SNAPSHOT",
    "of this snapshot, branch or tag, not the current one")
  static let first = Argument<PlainName>(
    "from", "TABLE@SNAPSHOT or TABLE@BRANCH; or the table alone")
  static let second = Argument<PlainName>("to", "TABLE@SNAPSHOT; or a snapshot")
  static let third = OptionalArgument<PlainName>("snapshot", "of the table alone: the other one")
  static let one = OptionalArgument<PlainName>(
    "snapshot", "the snapshot; it may stand as TABLE@SNAPSHOT")

  static func input(_ call: Invocation) throws(CommandError) -> TableSnapshotInput {
    let place = try SnapshotPlace(call[CatalogParameters.table].text, call[self.at]?.text)
    var input = TableSnapshotInput(place.table, in: call[CatalogParameters.warehouse]?.text)
    (input.snapshotID, input.ref) = (place.snapshot?.id, place.snapshot?.ref)
    return input
  }
}

/// `lakectl catalog table history`
enum TableHistory {
  static let command = Command(
    name: "history", summary: "list what a table has been, the newest first",
    call: .listing(
      ContentColumns.snapshot, CatalogContentAPI.history,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table"],
      examples: [
        Example(
          text: "The last ones", line: "lakectl catalog table history sales.orders --limit 5")
      ],
      detail: "After a rollback a snapshot is here twice; snapshot list has each once.",
      input: { call throws(CommandError) in CatalogParameters.name(call) }))
}

/// `lakectl catalog table files`
enum TableFileList {
  static let command = Command(
    name: "files", summary: "list the files of a table",
    call: .listing(
      ContentColumns.file, CatalogContentAPI.files,
      parameters: [
        CatalogParameters.table.parameter, ContentArgument.at.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table or snapshot"],
      examples: [
        Example(
          text: "The smallest", line: "lakectl catalog table files sales.orders --sort size_bytes")
      ],
      detail: "Data files and delete files, with the bounds of their columns in -o json.",
      input: { call throws(CommandError) in try ContentArgument.input(call) }))
}

/// `lakectl catalog table manifests`
enum TableManifests {
  static let command = Command(
    name: "manifests", summary: "list the manifests of a table",
    call: .listing(
      ContentColumns.manifest, CatalogContentAPI.manifests,
      parameters: [
        CatalogParameters.table.parameter, ContentArgument.at.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table or snapshot"],
      examples: [
        Example(text: "Of now", line: "lakectl catalog table manifests sales.orders")
      ],
      input: { call throws(CommandError) in try ContentArgument.input(call) }))
}

/// `lakectl catalog table metadata`
enum TableMetadataShow {
  static let command = Command(
    name: "metadata", summary: "print the metadata document of a table",
    call: Call(
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      effect: .reads, output: .document, exits: [.notFound: "there is no such table"],
      examples: [
        Example(text: "As it is served", line: "lakectl catalog table metadata sales.orders")
      ],
      run: { call async throws(CommandError) in
        let answer = try await call.ask(CatalogAPI.metadata, CatalogParameters.name(call))
        return Outcome(.document(answer.value.text() + "\n"), warnings: answer.warnings)
      }))
}

/// `lakectl catalog snapshot show`
enum SnapshotShow {
  static let command = Command(
    name: "show", summary: "show one snapshot",
    call: .showing(
      ContentColumns.one, CatalogContentAPI.snapshot,
      parameters: [
        CatalogParameters.table.parameter, ContentArgument.one.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table or snapshot"],
      examples: [
        Example(
          text: "All about it",
          line: "lakectl catalog snapshot show sales.orders@3051729675574597004 -o wide")
      ],
      input: { call throws(CommandError) in
        let place = try SnapshotPlace(
          call[CatalogParameters.table].text, call[ContentArgument.one]?.text)
        var input = TableSnapshotInput(place.table, in: call[CatalogParameters.warehouse]?.text)
        let choice = try place.required()
        (input.snapshotID, input.ref) = (choice.id, choice.ref)
        return input
      }))
}

/// `lakectl catalog view show`
enum ViewShow {
  static let command = Command(
    name: "show", summary: "show one view",
    call: .showing(
      ContentColumns.view, CatalogContentAPI.view,
      parameters: [ViewDrop.view.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such view"],
      examples: [Example(text: "Its text", line: "lakectl catalog view show sales.daily -o json")],
      input: { call throws(CommandError) in
        CatalogNameInput(call[ViewDrop.view].text, in: call[CatalogParameters.warehouse]?.text)
      }))
}

/// `lakectl catalog diff`
enum CatalogDiff {
  static let command = Command(
    name: "diff", summary: "compare two snapshots of a table",
    call: Call(
      parameters: [
        ContentArgument.first.parameter, ContentArgument.second.parameter,
        ContentArgument.third.parameter, CatalogParameters.warehouse.parameter,
      ],
      effect: .reads, output: RecordColumns.list(of: TableDiffRecord.self, ContentColumns.diff),
      exits: [
        .notFound: "there is no such table or snapshot", .checkFailed: "they have other files",
      ],
      examples: [
        Example(
          text: "What a commit changed",
          line: "lakectl catalog diff sales.orders@3051729675574597004"
            + " sales.orders@3055729675574597004")
      ],
      detail: "Files that one of them has and the other has not.",
      run: { call async throws(CommandError) in
        let pair = try SnapshotPair(
          call[ContentArgument.first].text, call[ContentArgument.second].text,
          call[ContentArgument.third]?.text)
        var input = TableDiffInput()
        input.name = pair.table
        input.warehouse = call[CatalogParameters.warehouse]?.text
        (input.fromID, input.fromRef) = (pair.from.id, pair.from.ref)
        (input.toID, input.toRef) = (pair.to.id, pair.to.ref)
        var outcome = try await call.list(CatalogContentAPI.diff, input, ContentColumns.diff)
        if !outcome.rows.isEmpty { outcome.exit = .checkFailed }
        return outcome
      }))
}

/// `lakectl catalog check`
enum CatalogCheck {
  static let name = Argument<PlainName>(
    "name", "the full name of the table; with --recursive a namespace")

  static let command = Command(
    name: "check", summary: "look whether tables are whole",
    call: Call(
      parameters: [
        name.parameter, CatalogParameters.recursive.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      effect: .reads, output: RecordColumns.list(of: TableCheckRecord.self, ContentColumns.check),
      exits: [.notFound: "there is no such table", .checkFailed: "something is damaged"],
      examples: [
        Example(text: "Is it whole?", line: "lakectl catalog check sales.orders"),
        Example(text: "Are they all?", line: "lakectl catalog check sales --recursive"),
      ],
      detail: """
        The metadata file, the versions before, manifests, counts and files are compared.
        No data file is opened.
        """,
      run: { call async throws(CommandError) in
        var outcome =
          call[CatalogParameters.recursive]
          ? try await all(call) : try await one(call[name].text, call)
        if outcome.rows.contains(where: { $0["state"] == .text("damaged") }) {
          outcome.exit = .checkFailed
        }
        return outcome
      }))

  private static func one(_ table: String, _ call: Invocation) async throws(CommandError) -> Outcome
  {
    try await call.list(
      CatalogContentAPI.check,
      CatalogNameInput(table, in: call[CatalogParameters.warehouse]?.text), ContentColumns.check)
  }

  private static func all(_ call: Invocation) async throws(CommandError) -> Outcome {
    let warehouse = call[CatalogParameters.warehouse]?.text
    let input = CatalogPathInput(call[name].text, in: warehouse, recursive: true)
    var paging = AdminPaging(limit: AdminPaging.limitMax, token: nil)
    var rows: [Row] = []
    repeat {
      let page = try await call.ask(CatalogAPI.tables, input, paging: paging)
      for item in page.items {
        let table = CatalogNameInput(item["name"]?.string ?? "", in: warehouse)
        do throws(CommandError) {
          let found = try await call.ask(CatalogContentAPI.check, table)
          rows += found.items.map(ContentColumns.check.row)
        } catch {
          // One that was dropped meanwhile is not damaged.
          guard error.exit == .notFound else { throw error }
        }
      }
      paging.token = page.next
    } while paging.token != nil
    return .list(rows)
  }
}

/// `lakectl catalog activity`
enum CatalogActivity {
  static let columns = RecordColumns(
    TableActivityRecord.self,
    [
      "name", "size_bytes", "rows_count", "files_count", "commit_count", "conflict_count",
      "updated_at",
    ],
    titles: ["snapshot_id": "SNAPSHOT"])

  static let command = Command(
    name: "activity", summary: "list tables by what goes on in them",
    call: .listing(
      columns, CatalogContentAPI.activity,
      parameters: [NamespaceArgument.parent.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such warehouse"],
      examples: [
        Example(
          text: "The busiest first", line: "lakectl catalog activity --sort commit_count:desc")
      ],
      detail: "Commits are those of all processes, conflicts those of the one that is asked.",
      input: { call throws(CommandError) in
        CatalogPathInput(
          call[NamespaceArgument.parent]?.text, in: call[CatalogParameters.warehouse]?.text)
      }))
}
