/// Where a listing goes on: behind a name, or behind everything that begins with it.
package struct ListPosition: Sendable, Hashable {
  package var bytes: [UInt8]
  /// `bytes` is a common prefix that was listed: all that begins with it is behind us.
  package var isCommonPrefix: Bool

  package init(_ bytes: [UInt8], isCommonPrefix: Bool = false) {
    self.bytes = bytes
    self.isCommonPrefix = isCommonPrefix
  }
}

package struct ListRequest: Sendable, Hashable {
  package var prefix: [UInt8]
  /// Empty: none.
  package var delimiter: [UInt8]
  package var after: ListPosition?
  /// Names and common prefixes together.
  package var limit: Int

  package init(
    prefix: [UInt8] = [], delimiter: [UInt8] = [], after: ListPosition? = nil, limit: Int
  ) {
    self.prefix = prefix
    self.delimiter = delimiter
    self.after = after
    self.limit = limit
  }
}

package struct VersionListRequest: Sendable, Hashable {
  package var prefix: [UInt8]
  package var delimiter: [UInt8]
  package var after: ListPosition?
  /// With `after`: behind this version of that very key. Nil: behind all versions of it.
  package var afterVersion: VersionSelector?
  package var limit: Int

  package init(
    prefix: [UInt8] = [], delimiter: [UInt8] = [], after: ListPosition? = nil,
    afterVersion: VersionSelector? = nil, limit: Int
  ) {
    self.prefix = prefix
    self.delimiter = delimiter
    self.after = after
    self.afterVersion = afterVersion
    self.limit = limit
  }
}

package struct UploadListRequest: Sendable, Hashable {
  package var prefix: [UInt8]
  package var delimiter: [UInt8]
  package var after: ListPosition?
  /// With `after`: behind this upload of that very key. Nil: behind all uploads of it.
  package var afterUpload: UploadID?
  package var limit: Int

  package init(
    prefix: [UInt8] = [], delimiter: [UInt8] = [], after: ListPosition? = nil,
    afterUpload: UploadID? = nil, limit: Int
  ) {
    self.prefix = prefix
    self.delimiter = delimiter
    self.after = after
    self.afterUpload = afterUpload
    self.limit = limit
  }
}
