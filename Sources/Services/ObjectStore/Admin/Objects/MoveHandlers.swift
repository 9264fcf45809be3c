import Admin
import AdminServing
import Hosting
import ObjectModel
import Values

/// `object move` inside a bucket: at once, whatever is below.
struct MoveHandlers: Sendable {
  let sources: ObjectAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.moveObject) { input, context in try await self.move(input, context) }
  }

  private func move(
    _ input: ObjectMoveInput, _ context: AdminContext
  ) async throws -> AdminChange<ObjectMoveRecord> {
    let bucket = try await self.sources.bucket(input.bucket)
    guard bucket.versioning == .unversioned, !bucket.hasObjectLock else {
      throw AdminError(
        .notSupported, "object.move_not_atomic",
        "objects of bucket \(input.bucket) are not moved at once",
        why: "it keeps versions: copy and delete instead, which others see in between",
        changed: false)
    }
    let source = ObjectKey(input.source)
    let destination = ObjectKey(input.key)
    guard !input.isRecursive || (source.endsInSlash && destination.endsInSlash) else {
      throw AdminError.badValue(
        "nothing was moved", why: "prefixes that are moved end in a slash")
    }
    guard input.isRecursive || (!source.endsInSlash && !destination.endsInSlash) else {
      throw AdminError.badValue(
        "nothing was moved", why: "a name that ends in a slash is a prefix",
        try: ["lakectl object move --recursive"])
    }
    var record = ObjectMoveRecord()
    record.key = input.key
    record.source = input.source
    record.bucket = input.bucket
    guard !context.isDryRun else {
      record.objects = try await self.count(bucket, input)
      return AdminChange(
        record, changed: true, context: context,
        plan: "move \(record.objects) objects from \(input.source) to \(input.key), at once")
    }
    if input.isRecursive {
      let request = RenameFolderRequest(source: source, destination: destination)
      record.objects = Int64(
        clamping: try await objectWork {
          try await self.sources.namespace.renameFolder(self.sources.call(bucket), request)
        }.objects)
    } else {
      // What is there already stays: a move never destroys.
      var condition = WriteCondition()
      condition.ifNoneMatch = .any
      let request = RenameRequest(
        source: source, destination: destination, destinationCondition: condition)
      record.objects = Int64(
        clamping: try await objectWork {
          try await self.sources.namespace.renameObject(self.sources.call(bucket), request)
        }.objects)
    }
    let flag = input.isRecursive ? " --recursive" : ""
    let names = [input.key, input.source].map { Self.quoted("\(input.bucket)/\($0)") }
      .joined(separator: " ")
    return AdminChange(
      record, changed: true, context: context, undo: "lakectl object move \(names)\(flag)",
      plan: "")
  }

  /// As a shell takes it for one word.
  private static func quoted(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy {
      0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || 0x2B...0x3A ~= $0 || $0 == 0x5F
    }
    return isPlain ? name : "'" + name.replacing("'", with: "'\\''") + "'"
  }

  /// Throws what the move itself would.
  private func count(_ bucket: BucketRecord, _ input: ObjectMoveInput) async throws -> Int64 {
    let call = self.sources.call(bucket)
    if input.isRecursive {
      let source = try await objectWork {
        try await self.sources.namespace.usage(
          call, prefix: Array(input.source.utf8), depth: 0, limit: 0)
      }.total
      let there = try await objectWork {
        try await self.sources.namespace.usage(
          call, prefix: Array(input.key.utf8), depth: 0, limit: 0)
      }.total
      guard source.objects > 0 else {
        throw AdminError(NamespaceError(.noSuchKey, "nothing is below \(input.source)"))
      }
      guard there.objects == 0 else {
        throw AdminError(
          NamespaceError(.destinationExists, "\(there.objects) objects are below \(input.key)"))
      }
      return Int64(clamping: source.objects)
    }
    let source = try await objectWork {
      try await self.sources.namespace.get(call, ObjectKey(input.source), version: .current)
    }
    guard source != nil else { throw AdminError.noSuchObject(input.bucket, input.source) }
    let there = try await objectWork {
      try await self.sources.namespace.get(call, ObjectKey(input.key), version: .current)
    }
    guard there == nil else {
      throw AdminError(NamespaceError(.destinationExists, "there is an object \(input.key)"))
    }
    return 1
  }
}
