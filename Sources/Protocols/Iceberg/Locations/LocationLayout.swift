public import Values

/// Where tables and views go that are created without a location.
public enum LocationLayout: String, CaseIterable, Sendable {
  /// `<namespace>/<name>-<uuid>`: unique, and people can read it.
  case unique
  /// `<uuid>`.
  case uuid
  /// `<namespace>/<name>`, as older catalogs do.
  case plain

  /// - Parameter base: the warehouse's location.
  public func location(
    in base: Location, namespace: Namespace, name: String, uuid: UUID
  ) -> Location {
    var location = base
    if self != .uuid {
      for level in namespace.levels { location = location.appending(Self.segment(level)) }
    }
    switch self {
    case .unique: return location.appending("\(Self.segment(name))-\(uuid)")
    case .uuid: return location.appending(uuid.description)
    case .plain: return location.appending(Self.segment(name))
    }
  }

  /// The computed location of a namespace.
  public static func location(of namespace: Namespace, in base: Location) -> Location {
    namespace.levels.reduce(base) { $0.appending(Self.segment($1)) }
  }

  /// A name as one segment of a URL's path.
  public static func segment(ofPath name: String) -> String { self.segment(name) }

  /// A name as one segment of a path: everything but letters, digits and `-_.` is percent-encoded.
  static func segment(_ name: String) -> String {
    var segment = ""
    for byte in name.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        segment.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        segment += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return segment
  }
}
