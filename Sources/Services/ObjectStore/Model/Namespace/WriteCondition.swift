/// What must hold of the object that a key names now. Evaluated by the namespace at commit, and by the
/// gateway before it reads a body or answers a read.
package struct WriteCondition: Sendable, Hashable {
  package enum Tags: Sendable, Hashable {
    /// `*`
    case any
    /// Those that are tags; others are equal to nothing and left out.
    case list([EntityTag])

    package func contains(_ tag: EntityTag) -> Bool {
      switch self {
      case .any: true
      case .list(let tags): tags.contains(tag)
      }
    }
  }

  package var ifMatch: Tags?
  package var ifNoneMatch: Tags?
  /// Seconds since 1970.
  package var ifModifiedSince: Int64?
  package var ifUnmodifiedSince: Int64?
  /// Of deletions only.
  package var ifSize: Int64?
  package var ifLastModified: Int64?

  package init() {}

  package static let none = WriteCondition()
  package var isEmpty: Bool { self == .none }

  package enum Outcome: Sendable, Hashable {
    case holds
    /// The key has no current object, and one was asked for.
    case absent
    /// Which condition, as its header is called.
    case fails(String)
  }

  /// - Parameter current: nil when there is none, or a delete marker.
  package func evaluate(_ current: ObjectState?) -> Outcome {
    guard let current else { return self.ifMatch == nil ? .holds : .absent }
    if let tags = self.ifMatch, !tags.contains(current.entityTag) { return .fails("If-Match") }
    if let tags = self.ifNoneMatch, tags.contains(current.entityTag) {
      return .fails("If-None-Match")
    }
    let seconds = Int64(current.milliseconds / 1000)
    if self.ifNoneMatch == nil, let since = self.ifModifiedSince, seconds <= since {
      return .fails("If-Modified-Since")
    }
    if self.ifMatch == nil, let since = self.ifUnmodifiedSince, seconds > since {
      return .fails("If-Unmodified-Since")
    }
    if let size = self.ifSize, size != current.size { return .fails("x-amz-if-match-size") }
    if let modified = self.ifLastModified, modified != seconds {
      return .fails("x-amz-if-match-last-modified-time")
    }
    return .holds
  }
}

/// What conditions look at.
package struct ObjectState: Sendable, Hashable {
  package var entityTag: EntityTag
  package var size: Int64
  /// Since 1970.
  package var milliseconds: UInt64

  package init(entityTag: EntityTag, size: Int64, milliseconds: UInt64) {
    self.entityTag = entityTag
    self.size = size
    self.milliseconds = milliseconds
  }

  /// Nil for a delete marker.
  package init?(_ view: RecordView) {
    guard view.kind == .object else { return nil }
    self.init(
      entityTag: view.entityTag, size: view.size, milliseconds: view.commitMilliseconds)
  }
}
