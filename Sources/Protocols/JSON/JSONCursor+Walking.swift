private import Glibc

/// Into arrays and objects.
extension JSONCursor {
  /// The elements of an array, in order; nothing for other kinds.
  public var elements: Elements {
    @_lifetime(copy self) get { Elements(of: self) }
  }

  /// The members of an object, in the order of the text; nothing for other kinds.
  public var members: Members {
    @_lifetime(copy self) get { Members(of: self) }
  }

  /// `while let element = elements.next() { … }`
  public struct Elements: ~Escapable {
    private var cursor: JSONCursor
    private var left: Int

    @_lifetime(copy array)
    init(of array: JSONCursor) {
      let entry = array.entry
      self.left = entry.kind == .array ? entry.high : 0
      self.cursor = array.at(array.index &+ 1)
    }

    @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func next() -> JSONCursor? {
      guard self.left > 0 else { return nil }
      self.left &-= 1
      let element = self.cursor
      if self.left > 0 { self.cursor = element.at(element.next) }
      return element
    }
  }

  /// `while let member = members.next() { … }`
  public struct Members: ~Escapable {
    private var cursor: JSONCursor
    private var left: Int

    @_lifetime(copy object)
    init(of object: JSONCursor) {
      let entry = object.entry
      self.left = entry.kind == .object ? entry.high : 0
      self.cursor = object.at(object.index &+ 1)
    }

    @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func next() -> Member? {
      guard self.left > 0 else { return nil }
      self.left &-= 1
      let member = Member(name: self.cursor)
      if self.left > 0 { self.cursor = member.value.at(member.value.next) }
      return member
    }
  }

  public struct Member: ~Escapable {
    let nameCursor: JSONCursor
    public let value: JSONCursor

    @_lifetime(copy name)
    init(name: JSONCursor) {
      self.nameCursor = name
      self.value = name.at(name.index &+ 1)
    }

    public var name: String { self.nameCursor.text(self.nameCursor.entry) }

    public var nameBytes: RawSpan {
      @_lifetime(copy self) get {
        let entry = self.nameCursor.entry
        let span = RawSpan(
          _unsafeStart: UnsafeRawPointer(self.nameCursor.bytes + entry.low), byteCount: entry.high)
        return _overrideLifetime(span, copying: self)
      }
    }
  }

  /// The member of that name; nil when there is none or this is no object.
  @_lifetime(copy self)
  public func member(_ name: StaticString) -> JSONCursor? {
    self.member(
      bytes: UnsafeRawBufferPointer(
        start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  @_lifetime(copy self)
  public func member(named name: String) -> JSONCursor? {
    var name = name
    let found = name.withUTF8 { bytes -> Int? in
      self.indexOfMember(UnsafeRawBufferPointer(bytes))
    }
    guard let found else { return nil }
    return self.at(found)
  }

  /// The element at `position`, found by walking there.
  @_lifetime(copy self)
  public func element(_ position: Int) -> JSONCursor? {
    let entry = self.entry
    guard entry.kind == .array, position >= 0, position < entry.high else { return nil }
    var cursor = self.at(self.index &+ 1)
    for _ in 0..<position { cursor = cursor.at(cursor.next) }
    return cursor
  }

  @inline(__always) @_lifetime(copy self)
  private func member(bytes name: UnsafeRawBufferPointer) -> JSONCursor? {
    guard let found = self.indexOfMember(name) else { return nil }
    return self.at(found)
  }

  @inline(__always)
  private func isEqual(
    _ left: UnsafePointer<UInt8>, _ right: UnsafeRawBufferPointer
  ) -> Bool {
    guard let start = right.baseAddress else { return true }
    return memcmp(left, start, right.count) == 0
  }

  /// Names are compared by length first. Objects are searched from the front: they are short, and a
  /// reader that asks in order finds each name soon.
  private func indexOfMember(_ name: UnsafeRawBufferPointer) -> Int? {
    let entry = self.entry
    guard entry.kind == .object else { return nil }
    var index = self.index &+ 1
    var last: Int?
    for _ in 0..<entry.high {
      let candidate = TapeEntry(raw: self.tape[index])
      if candidate.high == name.count,
        self.isEqual(self.bytes + candidate.low, name)
      {
        guard self.keepsDuplicates else { return index &+ 1 }
        last = index &+ 1
      }
      let value = TapeEntry(raw: self.tape[index &+ 1])
      index =
        value.kind == .array || value.kind == .object ? value.low : index &+ 2
    }
    return last
  }
}
