import Bytes
import Crypto
import Iceberg

/// Where the next page of a list begins: behind a name, so that nothing is skipped or shown twice when
/// others come and go. Signed, and good for one list only.
///
///     16 bytes  code over the list's name and the last name
///     …         the last name, UTF-8
struct PageToken {
  private let key: HMACSHA256
  private static let codeBytes = 16

  init(key: [UInt8]) { self.key = HMACSHA256(key: key) }

  private func code(_ list: String, _ name: [UInt8]) -> [UInt8] {
    let code = self.key.code(of: Array(list.utf8) + [0] + name)
    return Array(code.bytes.array.prefix(Self.codeBytes))
  }

  func text(_ name: String, of list: String) -> String {
    let bytes = Array(name.utf8)
    return Base64.text(of: (self.code(list, bytes) + bytes).rawBytes, alphabet: .urlSafe)
  }

  func name(_ text: String, of list: String) throws(IcebergError) -> String {
    guard text.utf8.count < 8192, let bytes = Base64.bytes(of: text, alphabet: .urlSafe),
      bytes.count > Self.codeBytes,
      case let name = Array(bytes[Self.codeBytes...]),
      ConstantTime.isEqual(
        self.code(list, name).rawBytes, Array(bytes[..<Self.codeBytes]).rawBytes),
      let decoded = String(validating: name, as: UTF8.self)
    else {
      throw IcebergError(.badRequest, "parameter pageToken is not one of this list")
    }
    return decoded
  }
}

/// Which part of a list is asked for.
struct Page {
  /// Nil: from the beginning.
  var after: String?
  /// Nil: everything, because many clients never ask for the rest.
  var limit: Int?
}

extension CatalogRequest {
  func page(of list: String, _ tokens: PageToken, sizeMax: Int) throws -> Page {
    var page = Page()
    if let text = try self.query("pageSize") {
      guard let size = Int(text), size > 0 else {
        throw IcebergError(
          .badRequest, "parameter pageSize is 1 or more, not \(text.prefix(40).debugDescription)")
      }
      page.limit = min(size, sizeMax)
    }
    if let token = try self.query("pageToken") {
      page.limit = page.limit ?? sizeMax
      if !token.isEmpty { page.after = try tokens.name(token, of: list) }
    }
    return page
  }
}
