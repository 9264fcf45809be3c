import Bytes
import JSON
import Values

// The key ring's file is JSON, replaced as a whole:
//
//    {
//      "format": 1,
//      "master_key": "91d0a2…",            which master key seals it: 16 digits, says nothing of the key
//      "next_id": 3,
//      "keys": [
//        {"id": 1, "version": 1, "purpose": "journal", "created_at": "2026-…Z", "wrapped": "base64"}
//      ]
//    }
//
// `wrapped` is an envelope (Crypto, Envelope.swift) under the master key whose context is
// `lakeworks data key`, the purpose, id and version: an entry moved to another place does not open.

/// The ring as it is stored.
struct KeyRingFile {
  static let format = 1
  static let byteCountMax = 64 << 20

  struct Entry: JSONDecodable, JSONEncodable {
    var id: UInt64
    var version: UInt32
    var purpose: String
    var created: WallTime
    var wrapped: [UInt8]

    init(id: UInt64, version: UInt32, purpose: String, created: WallTime, wrapped: [UInt8]) {
      self.id = id
      self.version = version
      self.purpose = purpose
      self.created = created
      self.wrapped = wrapped
    }

    init(json: JSONCursor) throws(JSONError) {
      self.id = try json.decode("id")
      self.version = try json.decode("version")
      self.purpose = try json.decode("purpose")
      let created: String = try json.decode("created_at")
      let wrapped: String = try json.decode("wrapped")
      guard let time = try? WallTime(parsing: created) else {
        throw JSONError(.wrongType, "\(created.prefix(40)) is no time", path: "$.created_at")
      }
      guard let bytes = Base64.bytes(of: wrapped) else {
        throw JSONError(.wrongType, "the wrapped key is no base64", path: "$.wrapped")
      }
      self.created = time
      self.wrapped = bytes
    }

    func encode(to json: inout JSONWriter) {
      json.object { json in
        json.member("id", self.id)
        json.member("version", self.version)
        json.member("purpose", self.purpose)
        json.member("created_at", self.created.description)
        json.member("wrapped", Base64.text(of: self.wrapped.rawBytes))
      }
    }
  }

  var masterKey: UInt64
  var nextID: UInt64
  var entries: [Entry]
}

extension KeyRingFile {
  init(parsing text: [UInt8], path: String) throws(SecurityError) {
    do {
      let document = try JSONDocument(parsing: text.rawBytes)
      let json = document.root
      let format: Int = try json.decode("format")
      guard format <= Self.format else {
        throw SecurityError(
          .ringNewer, "the key ring \(path) has format \(format), this version reads 1")
      }
      let master: String = try json.decode("master_key")
      guard master.utf8.count == 16, let masterKey = UInt64(master, radix: 16) else {
        throw SecurityError(
          .ringDamaged, "the key ring \(path) does not name its master key by 16 digits")
      }
      self.masterKey = masterKey
      self.nextID = try json.decode("next_id")
      self.entries = try json.decode("keys")
    } catch let error as SecurityError {
      throw error
    } catch {
      throw SecurityError(
        .ringDamaged, "the key ring \(path) cannot be read: \(error)",
        hint: "restore it from a backup: without it nothing sealed can be opened", cause: error)
    }
  }

  var text: ByteWriter {
    var target = ByteWriter(capacity: 1024)
    let digits = String(self.masterKey, radix: 16)
    target.appendJSON(layout: .pretty) { json in
      json.object { json in
        json.member("format", Self.format)
        json.member("master_key", String(repeating: "0", count: 16 - digits.count) + digits)
        json.member("next_id", self.nextID)
        json.member("keys", self.entries)
      }
    }
    target.append(UInt8(ascii: "\n"))
    return target
  }

  /// What binds a wrapped key to its place.
  static func context(purpose: String, id: UInt64, version: UInt32) -> [UInt8] {
    Array("lakeworks data key\n\(purpose)\n\(id)\n\(version)".utf8)
  }
}
