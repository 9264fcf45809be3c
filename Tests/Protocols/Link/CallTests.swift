import Bytes
import Protobuf
import Testing
import Values

@testable import Link

private func at(_ milliseconds: UInt64) -> MonotonicTime {
  MonotonicTime(nanoseconds: milliseconds * 1_000_000)
}

private func response(
  _ id: UInt32, _ flags: LinkFlags = [], command: UInt32 = 20
) -> LinkHeader {
  LinkHeader(command: command, requestID: id, flags: flags.union(.response))
}

@Suite("Calls")
struct CallTests {
  @Test("answers find their requests in any order")
  func anyOrder() throws {
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] as [[UInt32]] {
      var calls = LinkClientCalls<String>(requestMax: 3)
      for name in ["a", "b", "c"] {
        _ = calls.begin(20, deadline: .distantFuture, takesStream: false, waiter: name)
      }
      #expect(calls.isFull)
      #expect(
        calls.begin(20, deadline: .distantFuture, takesStream: false, waiter: "d") == nil)
      for id in order {
        guard case .end(let call) = try calls.received(response(id)) else {
          Issue.record("\(id) did not end")
          continue
        }
        #expect(call.waiter == ["a", "b", "c"][Int(id) - 1])
      }
      #expect(calls.count == 0)
      guard case .late = try calls.received(response(1)) else {
        Issue.record("answered twice")
        return
      }
    }
  }

  @Test("a frame that breaks the protocol is an error")
  func broken() {
    func call(_ header: LinkHeader, takesStream: Bool = true) throws {
      var calls = LinkClientCalls<Int>(requestMax: 3)
      _ = calls.begin(20, deadline: .distantFuture, takesStream: takesStream, waiter: 1)
      _ = try calls.received(header)
    }
    #expect(throws: LinkError.self) { try call(LinkHeader(command: 20, requestID: 1)) }
    #expect(throws: LinkError.self) { try call(response(1, command: 21)) }
    #expect(throws: LinkError.self) { try call(response(1, [.stream]), takesStream: false) }
    #expect(throws: LinkError.self) { try call(response(1, [.stream, .error])) }
  }

  @Test("calls whose time is over are given up, oldest first")
  func deadlines() {
    var calls = LinkClientCalls<String>(requestMax: 9)
    for (name, time) in [("a", 30), ("b", 10), ("c", 20)] as [(String, UInt64)] {
      _ = calls.begin(20, deadline: at(time), takesStream: false, waiter: name)
    }
    #expect(calls.nextDeadline == at(10))
    let none = calls.expire(now: at(9))
    #expect(none.isEmpty)
    let late = calls.expire(now: at(20))
    #expect(late.map(\.call.waiter) == ["b", "c"])
    let rest = calls.takeAll()
    #expect(rest.map(\.call.waiter) == ["a"])
    #expect(calls.abandon(1) == nil)
  }

  @Test("credit is given in quarters of the window")
  func credit() {
    var calls = LinkClientCalls<Int>(requestMax: 1)
    let id = calls.begin(20, deadline: .distantFuture, takesStream: true, waiter: 1) ?? 0
    #expect(calls.consumed(10, of: id, window: 100) == nil)
    #expect(calls.consumed(14, of: id, window: 100) == nil)
    #expect(calls.consumed(1, of: id, window: 100) == 25)
    #expect(calls.consumed(24, of: id, window: 100) == nil)
    #expect(calls.consumed(1, of: 99, window: 100) == nil)
  }

  private func credit(_ bytes: UInt32) -> [UInt8] { Credit { $0.bytes = bytes }.encoded() }

  @Test("a server takes what fits, refuses what does not, and believes no broken client")
  func server() throws {
    var calls = LinkServerCalls<String>(requestMax: 2, streamWindow: 100)
    func arrive(
      _ calls: inout LinkServerCalls<String>, _ command: UInt32, _ id: UInt32,
      _ body: [UInt8] = [], _ flags: LinkFlags = []
    ) throws -> String {
      let header = LinkHeader(command: command, requestID: id, flags: flags)
      switch try calls.received(header, body: body.rawBytes) {
      case .request: return "request"
      case .refuse(let error): return "refuse \(error.code)"
      case .cancel(let work): return "cancel \(work)"
      case .credit(let work): return "credit \(work)"
      case .nothing: return "nothing"
      }
    }
    #expect(try arrive(&calls, 20, 1) == "request")
    calls.begin(1, work: "a")
    #expect(throws: LinkError.self) { try arrive(&calls, 20, 1) }
    calls.begin(2, work: "b")
    #expect(try arrive(&calls, 20, 3) == "refuse link.slow_down")
    #expect(calls.spend(60, on: 1) == true)
    #expect(calls.spend(60, on: 1) == true)
    #expect(calls.spend(1, on: 1) == false)
    #expect(calls.spend(0, on: 1) == true)
    #expect(try arrive(&calls, LinkCommand.credit, 1, self.credit(30)) == "credit a")
    #expect(calls.spend(1, on: 1) == true)
    #expect(throws: LinkError.self) { try arrive(&calls, LinkCommand.credit, 1, self.credit(101)) }
    #expect(throws: LinkError.self) { try arrive(&calls, LinkCommand.credit, 1, [0xFF]) }
    #expect(try arrive(&calls, LinkCommand.cancel, 1) == "cancel a")
    #expect(try arrive(&calls, LinkCommand.cancel, 1) == "nothing")
    #expect(try arrive(&calls, LinkCommand.credit, 1, self.credit(1)) == "nothing")
    #expect(calls.spend(1, on: 1) == nil)
    #expect(calls.end(1) == false)
    #expect(calls.end(2) == true)
    calls.isDraining = true
    #expect(try arrive(&calls, 20, 4) == "refuse link.shutting_down")
    #expect(throws: LinkError.self) { try arrive(&calls, 20, 5, [], .response) }
    #expect(throws: LinkError.self) { try arrive(&calls, LinkCommand.handshake, 5) }
  }

  /// Every sequence of seven events on one breaker, against the rule said in words.
  @Test("a circuit opens after failures in a row, and one probe closes or opens it again")
  func breaker() {
    enum Event: CaseIterable { case fail, succeed, wait }
    func run(_ events: [Event]) {
      var breaker = CircuitBreaker(failureMax: 2, openFor: .milliseconds(10))
      var now: UInt64 = 0
      var inARow = 0
      var openUntil: UInt64?
      for event in events {
        switch event {
        case .wait: now += 10
        case .fail, .succeed:
          let expected = openUntil.map { now >= $0 } ?? true
          #expect(breaker.admits(now: at(now)) == expected, "\(events)")
          guard expected else { continue }
          let isProbe = openUntil != nil
          if isProbe { #expect(breaker.admits(now: at(now)) == false, "a second probe") }
          if event == .succeed {
            breaker.succeeded()
            inARow = 0
            openUntil = nil
          } else {
            breaker.failed(now: at(now))
            inARow += 1
            if isProbe || inARow >= 2 { openUntil = now + 10 }
          }
        }
      }
    }
    func extend(_ events: [Event], _ count: Int) {
      run(events)
      guard count > 0 else { return }
      for event in Event.allCases { extend(events + [event], count - 1) }
    }
    extend([], 7)
  }

  @Test("an abandoned probe lets the next call probe")
  func abandonedProbe() {
    var breaker = CircuitBreaker(failureMax: 1, openFor: .milliseconds(10))
    breaker.failed(now: at(0))
    #expect(breaker.admits(now: at(10)) == true)
    breaker.abandoned(now: at(10))
    #expect(breaker.admits(now: at(10)) == true)
    breaker.succeeded()
    #expect(breaker.state == .closed(failures: 0))
  }

  @Test("retries wait longer each time, within half to either side")
  func retries() {
    let retry = LinkRetry()
    #expect(retry.delay(before: 1, random: 0) == .milliseconds(1))
    #expect(retry.delay(before: 3, random: 0) == .milliseconds(4))
    for attempt in 1...40 {
      let delay = retry.delay(before: attempt, random: .max)
      #expect(delay <= .milliseconds(1500) && delay >= .milliseconds(1))
    }
    #expect(retry.delay(before: 1, random: 0, hint: .milliseconds(100)) == .milliseconds(50))
    #expect(LinkRetry.allows(LinkError(.slowDown, ""), isIdempotent: false))
    #expect(!LinkRetry.allows(LinkError(.unreachable, ""), isIdempotent: false))
    #expect(LinkRetry.allows(LinkError(.unreachable, ""), isIdempotent: true))
    #expect(!LinkRetry.allows(LinkError(.notFound, ""), isIdempotent: true))
  }
}
