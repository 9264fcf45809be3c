internal import CExpat

/// Reads a document piece by piece, as it comes from a socket, into a tree.
///
/// A document type declaration is refused: no entities but the five of XML, nothing expands, nothing
/// is fetched. The text is UTF-8, whatever it declares, or UTF-16 with a byte order mark.
public struct XMLReader: ~Copyable {
  private let parser: OpaquePointer
  private let builder: XMLTreeBuilder
  private let limits: XMLLimits
  private var byteCount = 0

  public init(limits: XMLLimits = .standard) throws(XMLError) {
    let builder = XMLTreeBuilder(limits: limits)
    // The reader keeps the builder alive as long as the parser.
    var handlers = cexpat_handlers(
      context: Unmanaged.passUnretained(builder).toOpaque(),
      start: { context, name, attributes, count in
        guard let builder = XMLTreeBuilder.at(context), let name else { return 1 }
        return builder.start(name, attributes, count: Int(count)) ? 0 : 1
      },
      end: { context in
        guard let builder = XMLTreeBuilder.at(context) else { return 1 }
        builder.end()
        return 0
      },
      text: { context, bytes, count in
        guard let builder = XMLTreeBuilder.at(context) else { return 1 }
        builder.append(UnsafeBufferPointer(start: bytes, count: Int(count)))
        return 0
      })
    guard let parser = cexpat_open(&handlers) else {
      throw XMLError(.tooLarge, "no memory for a parser", at: XMLPosition(line: 1, column: 1))
    }
    builder.parser = parser
    self.parser = parser
    self.builder = builder
    self.limits = limits
  }

  deinit { cexpat_close(self.parser) }

  /// Takes the next piece. After an error the reader is of no more use.
  public mutating func feed(_ bytes: RawSpan) throws(XMLError) {
    let (sum, overflow) = self.byteCount.addingReportingOverflow(bytes.byteCount)
    guard !overflow, sum <= self.limits.byteCountMax else {
      throw XMLError(
        .tooLarge, "the document has more than \(self.limits.byteCountMax) bytes",
        at: self.position)
    }
    self.byteCount = sum
    try self.parse(bytes, isFinal: false)
  }

  /// The root, once everything was fed.
  public mutating func finish() throws(XMLError) -> XMLElement {
    try self.parse(RawSpan(), isFinal: true)
    guard let root = self.builder.root else {
      // expat reports a document without a root itself.
      throw XMLError(.malformed, "no element found", at: self.position)
    }
    return root
  }

  private var position: XMLPosition {
    XMLPosition(
      line: Int(clamping: cexpat_line(self.parser)),
      column: Int(clamping: cexpat_column(self.parser)))
  }

  private func parse(_ bytes: RawSpan, isFinal: Bool) throws(XMLError) {
    var offset = 0
    // expat counts in 32 bits.
    repeat {
      let count = min(bytes.byteCount - offset, 1 << 30)
      let isLast = isFinal && offset + count == bytes.byteCount
      let outcome = bytes.extracting(offset..<(offset + count)).withUnsafeBytes { buffer in
        cexpat_feed(
          self.parser, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(count),
          isLast ? 1 : 0)
      }
      switch Int(outcome) {
      case CEXPAT_OK: break
      case CEXPAT_STOPPED:
        throw self.builder.problem ?? XMLError(.malformed, "the reader stopped", at: self.position)
      case CEXPAT_DOCTYPE:
        throw XMLError(
          .doctype, "document type declarations are not accepted", at: self.position)
      default:
        throw XMLError(
          .malformed, String(cString: cexpat_problem(self.parser)), at: self.position)
      }
      offset += count
    } while offset < bytes.byteCount
  }
}

/// What expat's callbacks write into: called on the thread that feeds, inside the call.
final class XMLTreeBuilder {
  private let limits: XMLLimits
  private var open: [XMLElement] = []
  private var texts: [[UInt8]] = []
  private var elementCount = 0
  var parser: OpaquePointer?
  var root: XMLElement?
  var problem: XMLError?

  init(limits: XMLLimits) { self.limits = limits }

  static func at(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
    context.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
  }

  private var position: XMLPosition {
    guard let parser = self.parser else { return XMLPosition(line: 1, column: 1) }
    return XMLPosition(
      line: Int(clamping: cexpat_line(parser)), column: Int(clamping: cexpat_column(parser)))
  }

  /// False when a limit is reached; `problem` says which.
  func start(
    _ name: UnsafePointer<CChar>, _ attributes: UnsafePointer<UnsafePointer<CChar>?>?, count: Int
  ) -> Bool {
    self.elementCount += 1
    let position = self.position
    if self.open.count >= self.limits.depthMax {
      self.problem = XMLError(
        .tooDeep, "more than \(self.limits.depthMax) levels of nesting", at: position)
    } else if self.elementCount > self.limits.elementCountMax {
      self.problem = XMLError(
        .tooLarge, "more than \(self.limits.elementCountMax) elements", at: position)
    } else if count > self.limits.attributeCountMax {
      self.problem = XMLError(
        .tooLarge, "\(count) attributes, at most \(self.limits.attributeCountMax) are read",
        at: position)
    }
    guard self.problem == nil else { return false }
    var element = XMLElement(Self.name(name), position: position)
    for index in 0..<count {
      guard let name = attributes?[2 * index], let value = attributes?[2 * index + 1] else { break }
      element.attributes.append(XMLAttribute(Self.name(name), String(cString: value)))
    }
    self.open.append(element)
    self.texts.append([])
    return true
  }

  func end() {
    guard var element = self.open.popLast(), let text = self.texts.popLast() else { return }
    if !text.isEmpty { element.text = String(decoding: text, as: UTF8.self) }
    if self.open.isEmpty {
      self.root = element
    } else {
      self.open[self.open.count - 1].children.append(element)
    }
  }

  func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard !self.texts.isEmpty else { return }
    self.texts[self.texts.count - 1].append(contentsOf: bytes)
  }

  private static func name(_ text: UnsafePointer<CChar>) -> XMLName {
    let name = String(cString: text)
    guard let separator = name.firstIndex(of: "\u{1F}") else { return XMLName(name) }
    return XMLName(
      String(name[name.index(after: separator)...]), in: String(name[..<separator]))
  }
}
