import Bytes
import HTTP
import HTTPServing
import S3

/// A form as it comes: its fields, then its file as content.
final class FormReader: ContentSource {
  private let exchange: HTTPExchange
  private var parser: FormParser
  private let window: UnsafeMutableRawBufferPointer
  private var filled = 0..<0
  /// By lower-case name; the first of a name counts.
  private(set) var fields: [String: String] = [:]
  private(set) var fileName = ""
  private(set) var fileType: String?
  private(set) var hasFile = false

  static let windowByteCount = 128 << 10

  init(_ exchange: HTTPExchange, contentType: String) throws(S3Error) {
    guard let parser = FormParser(contentType: contentType) else {
      throw S3Error(.malformedPOSTRequest, "the form's Content-Type has no boundary")
    }
    self.exchange = exchange
    self.parser = parser
    self.window = .allocate(byteCount: Self.windowByteCount, alignment: 16)
  }

  deinit { self.window.deallocate() }

  /// Reads up to where the file begins.
  func readFields() async throws {
    while true {
      switch try await self.step() {
      case .needsMore, .content: break
      case .field(let name, let value):
        let lower = name.lowercased()
        if self.fields[lower] == nil { self.fields[lower] = value }
      case .file(let name, let contentType):
        self.hasFile = true
        self.fileName = name
        self.fileType = contentType
        return
      case .end: return
      }
    }
  }

  private func step() async throws -> FormParser.Step {
    while true {
      let input = UnsafeRawBufferPointer(rebasing: self.window[self.filled]).bytes
      let (step, consumed) = try self.parser.next(input)
      guard step == .needsMore else {
        self.filled = self.filled.lowerBound + consumed..<self.filled.upperBound
        return step
      }
      try await self.fill()
    }
  }

  private func fill() async throws {
    self.window.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: self.window[self.filled]))
    self.filled = 0..<self.filled.count
    // There is room: the parser holds no more than the fields before a file may be.
    let room = UnsafeMutableRawBufferPointer(rebasing: self.window[self.filled.count...])
    let count: Int
    do {
      count = try await self.exchange.readBody(into: room)
    } catch let error as HTTPError {
      throw PayloadReader.refusal(error)
    }
    guard count > 0 else {
      throw S3Error(.malformedPOSTRequest, "the form ends before its last boundary")
    }
    self.filled = 0..<self.filled.count + count
  }

  func read(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    while true {
      let start = self.filled.lowerBound
      let input = UnsafeRawBufferPointer(
        rebasing: self.window[start..<min(self.filled.upperBound, start + target.count)])
      let whole = UnsafeRawBufferPointer(rebasing: self.window[self.filled])
      // All that is there is looked at, so that a boundary is seen whole.
      let (step, consumed) = try self.parser.next(whole.bytes)
      switch step {
      case .content(let range):
        let count = min(range.count, input.count)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[..<count]))
        self.filled = start + count..<self.filled.upperBound
        return count
      case .needsMore: try await self.fill()
      case .end, .field, .file:
        self.filled = start + consumed..<self.filled.upperBound
        return 0
      }
    }
  }
}
