private import Values

package struct PartReply: Sendable, Hashable {
  /// When the part was committed, milliseconds since 1970.
  package var milliseconds: UInt64
  package var sequence: UInt64

  package init(milliseconds: UInt64, sequence: UInt64) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }
}

package struct PartPage: Sendable, Hashable {
  /// Each encoded by `ObjectPart`, by number.
  package var parts: [[UInt8]]
  package var isTruncated: Bool

  package init(parts: [[UInt8]], isTruncated: Bool) {
    self.parts = parts
    self.isTruncated = isTruncated
  }
}

/// A part that an object is made of, as the gateway has read it.
package struct ExpectedPart: Sendable, Hashable {
  package var number: UInt16
  package var sequence: UInt64

  package init(number: UInt16, sequence: UInt64) {
    self.number = number
    self.sequence = sequence
  }
}

/// The record that a multipart upload becomes. Parts that are not expected go to the garbage queue.
///
/// Repeated after it was done, it answers the same again while the object is still the current one
/// (its record names the upload), else throws `noSuchUpload`.
package struct CompleteRequest: Sendable, Hashable {
  package var upload: UploadID
  package var put: PutRequest
  package var parts: [ExpectedPart]

  package init(upload: UploadID, put: PutRequest, parts: [ExpectedPart]) {
    self.upload = upload
    self.put = put
    self.parts = parts
  }
}
