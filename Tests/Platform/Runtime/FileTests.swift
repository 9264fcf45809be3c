import Glibc
import TestSupport
import Testing
import Values

@testable import Runtime

@Suite("Files")
struct FileTests {
  @Test("what was written is read back, buffered and direct", arguments: backends, [false, true])
  func roundTrip(backend: BackendChoice, isDirect: Bool) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let file = try await group.disk.open(
        directory.file("data"),
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.isDirect = isDirect
        })
      let size = 256 << 10
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
      defer { memory.deallocate() }
      for index in 0..<size { memory[index] = UInt8(truncatingIfNeeded: index &* 13 &+ index >> 8) }
      try await file.allocate(byteCount: Int64(size * 2))
      try await file.writeAndSync(UnsafeRawBufferPointer(memory), at: 4096)
      let back = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
      defer { back.deallocate() }
      #expect(try await file.read(into: back, at: 4096) == size)
      #expect(back.elementsEqual(memory))
      #expect(try await file.byteCount() == Int64(size * 2))
      try await file.truncate(to: 8192)
      #expect(try await file.read(into: back, at: 4096) == 4096)
      #expect(try await file.read(into: back, at: 1 << 30) == 0)
      try await file.punchHole(at: 4096, byteCount: 4096)
      #expect(try await file.read(into: back, at: 4096) == 4096)
      #expect(back[..<4096].allSatisfy { $0 == 0 })
    }
  }

  @Test("registered buffers carry direct operations", arguments: backends)
  func pinned(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let loop = try #require(EventLoop.current)
      let buffers = PinnedBuffers(on: loop, count: 2, bufferBytes: 8192)
      let first = try #require(buffers.take())
      let second = try #require(buffers.take())
      #expect(buffers.take() == nil)
      for index in 0..<8192 { first[index] = UInt8(truncatingIfNeeded: index) }
      let file = try await group.disk.open(
        directory.file("direct"),
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.isDirect = true
        })
      try await file.write(UnsafeRawBufferPointer(first), at: 0)
      try await file.sync()
      #expect(try await file.read(into: second, at: 0) == 8192)
      #expect(second.elementsEqual(first))
      buffers.giveBack(first)
      #expect(buffers.take() != nil)
    }
  }

  @Test("a replaced file has its new content and its permissions", arguments: backends)
  func replaces(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let path = directory.file("settings")
      for text in ["first", "the second, which is longer", "3"] {
        let memory = UnsafeMutableRawBufferPointer.allocate(
          byteCount: text.utf8.count, alignment: 1)
        memory.copyBytes(from: text.utf8)
        try await group.disk.replace(path, with: UnsafeRawBufferPointer(memory))
        memory.deallocate()
        #expect(try await group.disk.readAll(path, limit: 100) == Array(text.utf8))
      }
      #expect(try await group.disk.information(path).permissions == 0o600)
      #expect(try await group.disk.list(directory.path).map(\.name) == ["settings"])
      await #expect(throws: IOFailure(code: 27, operation: "read", subject: path)) {
        _ = try await group.disk.readAll(path, limit: 0)
      }
    }
  }

  @Test(
    "a new file is whole, never changes one that is there, and stays in its root",
    arguments: backends)
  func creates(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let root = directory.file("root")
      try await group.disk.createDirectories("\(root)/a/b")
      let content = [UInt8](repeating: 7, count: 300_000)
      try await group.disk.create("\(root)/a/b/f", with: content, permissions: 0o640, below: root)
      #expect(try await group.disk.readAll("\(root)/a/b/f", limit: 1 << 20) == content)
      #expect(try await group.disk.information("\(root)/a/b/f").permissions == 0o640)
      try await group.disk.create("\(root)/f", with: [], permissions: 0o600, below: root)
      #expect(try await group.disk.information("\(root)/f").byteCount == 0)
      await #expect(throws: IOFailure.self) {
        try await group.disk.create("\(root)/a/b/f", with: [1], permissions: 0o600, below: root)
      }
      #expect(try await group.disk.readAll("\(root)/a/b/f", limit: 1 << 20) == content)
      // By a link, or by a name that only begins alike.
      try await group.disk.createDirectories("\(root)2")
      #expect(symlink("\(root)2", "\(root)/a/link") == 0)
      for path in ["\(root)/a/link/f", "\(root)2/f"] {
        do throws(IOFailure) {
          try await group.disk.create(path, with: [1], permissions: 0o600, below: root)
          Issue.record("\(path) is elsewhere")
        } catch {
          #expect(error.code == 18, "\(error)")
        }
      }
      #expect(try await group.disk.list("\(root)2").isEmpty)
      await #expect(throws: IOFailure.self) {
        try await group.disk.create("\(root)/x/f", with: [1], permissions: 0o600, below: nil)
      }
    }
  }

  @Test("folders are made, listed, renamed and removed", arguments: backends)
  func folders(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let disk = group.disk
      try await disk.createDirectories(directory.file("a/b/c"))
      try await disk.createDirectories(directory.file("a/b/c"))
      _ = try await disk.open(directory.file("a/z"), .creatingNew)
      await #expect(throws: IOFailure.self) {
        _ = try await disk.open(directory.file("a/z"), .creatingNew)
      }
      try await disk.hardLink(directory.file("a/z"), to: directory.file("a/y"))
      let names = try await disk.list(directory.file("a"))
      #expect(names.map(\.name) == ["b", "y", "z"])
      #expect(names.map(\.isDirectory) == [true, false, false])
      try await disk.rename(directory.file("a/b"), to: directory.file("a/d"))
      try await disk.removeDirectory(directory.file("a/d/c"))
      try await disk.removeFile(directory.file("a/z"))
      #expect(try await disk.list(directory.file("a")).map(\.name) == ["d", "y"])
      #expect(try await disk.space(directory.path).freeBytes > 0)
      do throws(IOFailure) {
        _ = try await disk.information(directory.file("gone"))
        Issue.record("a file that is not there was found")
      } catch {
        #expect(error.isNotFound)
      }
    }
  }

  @Test("a locked file is refused to a second holder", arguments: backends)
  func locks(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(backend: backend) { group in
      let first = try await group.disk.open(directory.file("lock"), .creating)
      let second = try await group.disk.open(directory.file("lock"), .creating)
      try first.lock()
      #expect(throws: IOFailure(code: 11, operation: "flock", subject: first.path)) {
        try second.lock()
      }
    }
  }

  @Test("a full device is an error that says so", arguments: backends)
  func fullDevice(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let file = try await group.disk.open("/dev/full", .writing)
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
      defer { memory.deallocate() }
      do throws(IOFailure) {
        try await file.write(UnsafeRawBufferPointer(memory), at: 0)
        Issue.record("/dev/full took bytes")
      } catch {
        #expect(error.isOutOfSpace)
        #expect(error.description == "write /dev/full: No space left on device")
      }
    }
  }
}
