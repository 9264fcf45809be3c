internal import Bytes
internal import ObjectModel

// Multipart uploads.

/// An upload of a key, with bytes that depend on the command: a record, a part, nothing.
struct UploadRequest: WireValue {
  var key: ObjectKey
  var upload: UploadID
  var bytes: [UInt8]

  init(_ key: ObjectKey, _ upload: UploadID, _ bytes: [UInt8] = []) {
    self.key = key
    self.upload = upload
    self.bytes = bytes
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.key = try reader.value()
    self.upload = try reader.value()
    self.bytes = try reader.byteArray()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(self.upload)
    target.append(counted: self.bytes)
  }
}

struct PartsRequest: WireValue {
  var key: ObjectKey
  var upload: UploadID
  var after: UInt16
  var limit: Int

  init(_ key: ObjectKey, _ upload: UploadID, after: UInt16, limit: Int) {
    self.key = key
    self.upload = upload
    self.after = after
    self.limit = limit
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.key = try reader.value()
    self.upload = try reader.value()
    self.after = try reader.number()
    self.limit = try reader.limit()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(self.upload)
    target.append(littleEndian: self.after)
    target.append(limit: self.limit)
  }
}

extension PartReply: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(milliseconds: try reader.number(), sequence: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.milliseconds)
    target.append(littleEndian: self.sequence)
  }
}

/// Bytes that stand for themselves: a record, a part.
struct RawBytes: WireValue {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(from reader: inout ByteReader) throws(WireError) { self.bytes = try reader.byteArray() }
  func write(to target: inout ByteWriter) { target.append(counted: self.bytes) }
}

extension PartPage: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let parts: [RawBytes] = try reader.value()
    self.init(parts: parts.map(\.bytes), isTruncated: try reader.flag())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.parts.map { RawBytes($0) })
    target.append(flag: self.isTruncated)
  }
}

extension ExpectedPart: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(number: try reader.number(), sequence: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.number)
    target.append(littleEndian: self.sequence)
  }
}

extension CompleteRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(upload: try reader.value(), put: try reader.value(), parts: try reader.value())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.upload)
    target.append(self.put)
    target.append(self.parts)
  }
}
