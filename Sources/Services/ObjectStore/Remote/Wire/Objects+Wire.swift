internal import Bytes
internal import ObjectModel

// What is asked of a namespace about objects, and what it answers.

extension WriteCondition.Tags: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    switch reader.byte() {
    case 0: self = .any
    case 1: self = .list(try reader.value())
    default: throw WireError("entity tags")
    }
  }

  func write(to target: inout ByteWriter) {
    switch self {
    case .any: target.append(UInt8(0))
    case .list(let tags):
      target.append(UInt8(1))
      tags.write(to: &target)
    }
  }
}

extension WriteCondition: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init()
    guard try reader.flag() else { return }
    self.ifMatch = try reader.value()
    self.ifNoneMatch = try reader.value()
    self.ifModifiedSince = try reader.value()
    self.ifUnmodifiedSince = try reader.value()
    self.ifSize = try reader.value()
    self.ifLastModified = try reader.value()
  }

  func write(to target: inout ByteWriter) {
    target.append(flag: !self.isEmpty)
    guard !self.isEmpty else { return }
    target.append(self.ifMatch)
    target.append(self.ifNoneMatch)
    target.append(self.ifModifiedSince)
    target.append(self.ifUnmodifiedSince)
    target.append(self.ifSize)
    target.append(self.ifLastModified)
  }
}

extension VersionedRecord: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let isLatest = try reader.flag()
    self.init(bytes: try reader.byteArray(), isLatest: isLatest)
  }

  func write(to target: inout ByteWriter) {
    target.append(flag: self.isLatest)
    target.append(counted: self.bytes)
  }
}

extension PutRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      key: try reader.value(), record: try reader.byteArray(), versioning: try reader.value(),
      condition: try reader.value(),
      quota: BucketQuota(objects: try reader.value(), bytes: try reader.value()))
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(counted: self.record)
    target.append(self.versioning)
    target.append(self.condition)
    target.append(self.quota.objects)
    target.append(self.quota.bytes)
  }
}

extension PutReply: WireValue {
  init(from reader: inout ByteReader) throws(WireError) { self.init(try reader.value()) }
  func write(to target: inout ByteWriter) { target.append(self.stamp) }
}

extension ReplaceRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      key: try reader.value(), version: try reader.value(), sequence: try reader.number(),
      record: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(self.version)
    target.append(littleEndian: self.sequence)
    target.append(counted: self.record)
  }
}

extension DeleteRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      key: try reader.value(), version: try reader.value(), versioning: try reader.value(),
      condition: try reader.value(), bypassesGovernance: try reader.flag(),
      marker: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(self.version)
    target.append(self.versioning)
    target.append(self.condition)
    target.append(flag: self.bypassesGovernance)
    target.append(counted: self.marker)
  }
}

extension DeleteReply: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      removed: try reader.value(), removedWasMarker: try reader.flag(),
      marker: try reader.value())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.removed)
    target.append(flag: self.removedWasMarker)
    target.append(self.marker)
  }
}

/// One deletion of several, done or refused.
struct DeleteOutcome: WireValue {
  var result: Result<DeleteReply, NamespaceError>

  init(_ result: Result<DeleteReply, NamespaceError>) { self.result = result }

  init(from reader: inout ByteReader) throws(WireError) {
    self.result = try reader.flag() ? .success(try reader.value()) : .failure(try reader.value())
  }

  func write(to target: inout ByteWriter) {
    switch self.result {
    case .success(let reply):
      target.append(flag: true)
      target.append(reply)
    case .failure(let error):
      target.append(flag: false)
      target.append(error)
    }
  }
}

extension NamespaceError: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let code: UInt32 = try reader.number()
    let message = try reader.text()
    self.init(
      Code(rawValue: code), message, epoch: try reader.number(),
      condition: try reader.flag() ? try reader.text() : nil)
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.code.rawValue)
    target.append(counted: self.message)
    target.append(littleEndian: self.epoch)
    target.append(flag: self.condition != nil)
    if let condition = self.condition { target.append(counted: condition) }
  }
}

extension RenameRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      source: try reader.value(), destination: try reader.value(),
      sourceCondition: try reader.value(), destinationCondition: try reader.value(),
      clientToken: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.source)
    target.append(self.destination)
    target.append(self.sourceCondition)
    target.append(self.destinationCondition)
    target.append(counted: self.clientToken)
  }
}

extension RenameFolderRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      source: try reader.value(), destination: try reader.value(),
      clientToken: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.source)
    target.append(self.destination)
    target.append(counted: self.clientToken)
  }
}

extension RenameReply: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(objects: try reader.number())
  }
  func write(to target: inout ByteWriter) { target.append(littleEndian: self.objects) }
}

/// The version of a key that is asked for.
struct GetRequest: WireValue {
  var key: ObjectKey
  var version: VersionSelector

  init(key: ObjectKey, version: VersionSelector) {
    self.key = key
    self.version = version
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.key = try reader.value()
    self.version = try reader.value()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.key)
    target.append(self.version)
  }
}
