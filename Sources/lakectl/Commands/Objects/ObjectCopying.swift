import Admin
import CommandTable
import HTTP
import HTTPClient
import JSON
import Values

/// `lakectl object copy`, `move` and `restore`.
enum ObjectCopying {
  static let columns = [
    Column(key: "key", title: "KEY", isNullable: false, "the object, as BUCKET/KEY"),
    Column(key: "source", isNullable: false, "what it was made from"),
    Column(key: "version_id", title: "VERSION", isWide: true, "the version that was made"),
    Column(key: "object_count", title: "OBJECTS", isWide: true, "how many"),
    Column(key: "changed", .flag, isNullable: false, "it was done"),
    Column(key: "error", isWide: true, "why it was not done"),
  ]
  static let source = Argument<BucketPlace>("source", "BUCKET/KEY; BUCKET/PREFIX/ with --recursive")
  static let target = Argument<BucketPlace>("target", "BUCKET/KEY; BUCKET/PREFIX/ with --recursive")
  static let atOnce = 8

  static let copyCommand = Command(
    name: "copy", summary: "copy an object, or all below a prefix",
    call: Call(
      parameters: [
        source.parameter, target.parameter, ObjectColumns.recursive.parameter,
        ObjectColumns.version.parameter,
      ], effect: .writes, output: .list("ObjectCopy", columns),
      exits: [.notFound: "there is no such object", .partlyDone: "some were not copied"],
      examples: [
        Example(text: "One", line: "lakectl object copy raw/a.csv archive/a.csv"),
        Example(text: "A folder", line: "lakectl object copy raw/2026/ archive/2026/ --recursive"),
      ],
      detail: "The store copies the bytes itself. One object is at most 5 GiB.",
      run: { call async throws(CommandError) in
        try await copy(call, try Pairs(call), undo: true)
      }))

  static let restoreCommand = Command(
    name: "restore", summary: "make an old version the current one",
    call: Call(
      parameters: [ObjectColumns.object.parameter, wantedVersion.parameter], effect: .writes,
      output: .list("ObjectCopy", columns), exits: [.notFound: "there is no such version"],
      examples: [
        Example(
          text: "What it was before",
          line: "lakectl object restore raw/a --version-id \(sample)")
      ],
      detail: "The old version is copied over the current one, which stays as a version itself.",
      run: { call async throws(CommandError) in
        let object = call[ObjectColumns.object]
        return try await copyEach(
          call, [(object, object)], version: call[wantedVersion]?.text)
      }))

  static let wantedVersion = Option<PlainName>(
    "version-id", .one, placeholder: "VERSION", "this version")
  private static let sample = "VVVVVVOOF8G3E0000000C1K2M8QX5R7T"

  struct Pairs {
    var source: BucketPlace
    var target: BucketPlace
    var isRecursive: Bool

    init(_ call: Invocation) throws(CommandError) {
      self.source = call[ObjectCopying.source]
      self.target = call[ObjectCopying.target]
      self.isRecursive = call[ObjectColumns.recursive]
      let isFolder = self.source.prefix.isEmpty || self.source.prefix.hasSuffix("/")
      guard self.isRecursive == isFolder else {
        throw CommandError(
          .badValue,
          isFolder
            ? "\(self.source.text.visible.quoted) is a prefix"
            : "\(self.source.text.visible.quoted) is one object",
          why: isFolder
            ? "all below it is meant by --recursive" : "--recursive goes with BUCKET/PREFIX/")
      }
      if self.isRecursive {
        guard self.target.prefix.isEmpty || self.target.prefix.hasSuffix("/") else {
          throw CommandError(
            .badValue, "\(self.target.text.visible.quoted) is no prefix",
            why: "a prefix is empty or ends in a slash")
        }
      } else if self.target.prefix.isEmpty || self.target.prefix.hasSuffix("/") {
        self.target.prefix += self.source.prefix.split(separator: "/").last ?? "object"
      }
    }

    /// The object that a key below the source becomes.
    func pair(_ key: String) -> (ObjectName, ObjectName) {
      let name =
        self.isRecursive
        ? self.target.prefix + key.dropFirst(self.source.prefix.count) : self.target.prefix
      return (
        ObjectName(bucket: self.source.bucket, key: key),
        ObjectName(bucket: self.target.bucket, key: name)
      )
    }
  }

  static func copy(
    _ call: Invocation, _ pairs: Pairs, undo: Bool
  ) async throws(CommandError) -> Outcome {
    guard pairs.isRecursive else {
      var outcome = try await self.copyEach(
        call, [pairs.pair(pairs.source.prefix)], version: call[ObjectColumns.version]?.text)
      if undo, !call.isDryRun {
        outcome.notes.append(
          "undo: lakectl object delete \(pairs.target.text.visible.shellQuoted) --yes")
      }
      return outcome
    }
    return try await self.copyEach(call, try await self.below(call, pairs), version: nil)
  }

  static func below(
    _ call: Invocation, _ pairs: Pairs
  ) async throws(CommandError) -> [(ObjectName, ObjectName)] {
    var input = ObjectsInput()
    input.bucket = pairs.source.bucket
    input.prefix = pairs.source.prefix
    input.isRecursive = true
    let found = try await call.all(ObjectAPI.objects, input)
    return found.compactMap { $0["key"]?.string }.map { pairs.pair($0) }
  }

  /// Copies each alone; the rows say what came of it.
  static func copyEach(
    _ call: Invocation, _ pairs: [(ObjectName, ObjectName)], version: String?
  ) async throws(CommandError) -> Outcome {
    guard !call.isDryRun else {
      var outcome = Outcome.list(
        pairs.map { ["key": .text($0.1.text), "source": .text($0.0.text), "changed": false] })
      outcome.notes = ["dry run: \(pairs.count) objects would be copied"]
      return outcome
    }
    let session = S3Session(call, connections: self.atOnce)
    defer { session.stop() }
    var rows: [Row] = []
    var errors: [CommandError] = []
    var next = 0
    while next < pairs.count {
      let batch = Array(pairs[next..<min(next + self.atOnce, pairs.count)])
      next += batch.count
      let results = await withTaskGroup(of: Copied.self) { group in
        for (index, pair) in batch.enumerated() {
          group.addTask {
            Copied(index: index, result: await Self.copyOne(session, pair.0, pair.1, version))
          }
        }
        var results: [Int: Result<String?, CommandError>] = [:]
        for await copied in group { results[copied.index] = copied.result }
        return results
      }
      for (index, pair) in batch.enumerated() {
        var row: Row = ["key": .text(pair.1.text), "source": .text(pair.0.text)]
        switch results[index] {
        case .success(let version)?:
          row["changed"] = true
          row["version_id"] = .optional(version)
          row["object_count"] = 1
        case .failure(let error)?:
          row["changed"] = false
          row["error"] = .text(error.message + (error.why.map { ": \($0)" } ?? ""))
          errors.append(error)
        case nil: break
        }
        rows.append(row)
      }
    }
    if errors.count == pairs.count, let error = errors.first {
      throw CommandError.grouped(errors, of: max(1, pairs.count), what: "copies").first(error)
    }
    var outcome = Outcome.list(rows)
    if !errors.isEmpty { outcome.exit = .partlyDone }
    return outcome
  }

  /// What became of one of several. A tuple loses its number in release builds of 6.3.1.
  private struct Copied: Sendable {
    var index: Int
    var result: Result<String?, CommandError>
  }

  private static func copyOne(
    _ session: S3Session, _ source: ObjectName, _ target: ObjectName, _ version: String?
  ) async -> Result<String?, CommandError> {
    do throws(CommandError) {
      let key = source.key.split(separator: "/", omittingEmptySubsequences: false)
        .map { PercentCoding.text(String($0)) }.joined(separator: "/")
      var name = "/\(source.bucket)/\(key)"
      if let version { name += "?versionId=\(PercentCoding.text(version))" }
      let headers = ["x-amz-copy-source": name]
      let url = try await session.addresses(.put, target, headers: headers)[0]
      let answer = try await session.fetch(
        .put, url, fields: [("x-amz-copy-source", name)], content: .bytes([]),
        what: "copying \(source.text)")
      guard S3Refusal.element("ETag", in: answer.text) != nil else {
        return .failure(S3Refusal.error(answer, what: "copying \(source.text)"))
      }
      return .success(answer.field("x-amz-version-id"))
    } catch {
      return .failure(error)
    }
  }
}

extension CommandError {
  /// One error as itself; several as their group.
  fileprivate func first(_ error: CommandError) -> CommandError {
    self.code == error.code ? self : error
  }
}

/// `lakectl object move`
enum ObjectMove {
  static let command = Command(
    name: "move", summary: "move an object, or all below a prefix",
    call: Call(
      parameters: [
        ObjectCopying.source.parameter, ObjectCopying.target.parameter,
        ObjectColumns.recursive.parameter,
      ], effect: .hardToUndo, output: .list("ObjectCopy", ObjectCopying.columns),
      exits: [
        .notFound: "there is no such object", .conflict: "something is there already",
        .partlyDone: "some were not moved",
      ],
      examples: [
        Example(text: "One", line: "lakectl object move raw/a.csv raw/done/a.csv --yes"),
        Example(
          text: "A folder, at once",
          line: "lakectl object move raw/new/ raw/2026/ --recursive --yes"),
      ],
      detail: """
        Inside a bucket without versions a move is one step, whatever is below the prefix.
        Elsewhere objects are copied and then removed, one by one, and the command says so.
        """,
      plan: { call async throws(CommandError) in try await plan(call) },
      run: { call async throws(CommandError) in try await run(call) }))

  private static func input(_ pairs: ObjectCopying.Pairs) -> ObjectMoveInput {
    var input = ObjectMoveInput()
    input.bucket = pairs.source.bucket
    input.source = pairs.source.prefix
    input.key = pairs.target.prefix
    input.isRecursive = pairs.isRecursive
    return input
  }

  private static func plan(_ call: Invocation) async throws(CommandError) -> Plan {
    let pairs = try ObjectCopying.Pairs(call)
    let action = "move \(pairs.source.text) to \(pairs.target.text)"
    if pairs.source.bucket == pairs.target.bucket {
      do throws(CommandError) {
        let answer = try await call.ask(ObjectAPI.moveObject, self.input(pairs), isPlan: true)
        return Plan(
          action: action, name: pairs.source.text, facts: answer.plan + [("how", "at once")],
          undo: "lakectl object move \(pairs.target.text) \(pairs.source.text)")
      } catch {
        guard error.code.rawValue == "object.move_not_atomic" else { throw error }
      }
    }
    let found =
      pairs.isRecursive
      ? try await ObjectCopying.below(call, pairs) : [pairs.pair(pairs.source.prefix)]
    return Plan(
      action: action, name: pairs.source.text,
      facts: [("objects", "\(found.count)"), ("how", "one by one: copied, then removed")],
      matchCount: found.count)
  }

  private static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let pairs = try ObjectCopying.Pairs(call)
    if pairs.source.bucket == pairs.target.bucket {
      do throws(CommandError) {
        let answer = try await call.ask(ObjectAPI.moveObject, self.input(pairs))
        let row: Row = [
          "key": .text(pairs.target.text), "source": .text(pairs.source.text),
          "object_count": .integer(answer.item["object_count"]?.int64 ?? 0),
          "changed": .flag(answer.changed),
        ]
        var outcome = Outcome.list([row])
        outcome.notes = answer.undo.map { ["undo: \($0)"] } ?? []
        if call.isDryRun { outcome.planned = answer.plan.map { "\($0.label): \($0.text)" } }
        return outcome
      } catch {
        guard error.code.rawValue == "object.move_not_atomic" else { throw error }
      }
    }
    return try await self.oneByOne(call, pairs)
  }

  private static func oneByOne(
    _ call: Invocation, _ pairs: ObjectCopying.Pairs
  ) async throws(CommandError) -> Outcome {
    call.note("not at once: objects are copied and then removed")
    var outcome = try await ObjectCopying.copy(call, pairs, undo: false)
    guard !call.isDryRun else { return outcome }
    let copied = outcome.rows.filter { $0["changed"] == true }
    let names = copied.map { row in
      String(row["source"].rawText.dropFirst(pairs.source.bucket.count + 1))
    }
    var start = 0
    while start < names.count {
      var input = ObjectsDeleteInput()
      input.bucket = pairs.source.bucket
      input.keys = Array(names[start..<min(start + 1000, names.count)])
      start += input.keys.count
      let answer = try await call.ask(
        ObjectAPI.deleteObjects, input, part: "delete.\(start)")
      let failed = answer.items.filter { $0["deleted"]?.boolean == false }
      if !failed.isEmpty {
        outcome.exit = .partlyDone
        outcome.notes.append("\(failed.count) objects were copied and could not be removed")
      }
    }
    return outcome
  }
}
