import Admin
import AdminServing
import HTTP
import JSON
import Synchronization
import Testing

@Suite("Admin serving")
struct AdminServingTests {
  @Test("nobody gets past the gate, whatever else is wrong with the request")
  func gate() async throws {
    try await withAdmin { admin in
      for (method, path) in [
        (HTTP.Method.get, "/admin/v1/users?limit=nonsense"), (.post, "/admin/v1/users"),
        (.get, "/admin/v1/facts/a%2Fb"),
      ] {
        for token in [nil, "", "bad"] {
          let answer = try await admin.ask(method, path, token: token, body: "{")
          #expect(answer.status == 401)
          #expect(answer.json["code"]?.string == "auth.required")
          #expect(answer.json["exit"]?.int64 == 5)
        }
      }
      let denied = try await admin.ask(
        .post, "/admin/v1/users", token: "reader", body: #"{"user":"x"}"#)
      #expect(denied.status == 403)
      #expect(denied.json["why"]?.string == "identity:write is missing")
      #expect(admin.done.users.withLock { $0.isEmpty })
    }
  }

  @Test("a list comes in pages that miss and repeat nothing")
  func pages() async throws {
    try await withAdmin { admin in
      let names = (0..<25).map { "user \($0)é" }.sorted()
      admin.done.users.withLock { $0 = names }
      var seen: [String] = []
      var path = "/admin/v1/users?limit=4"
      while true {
        let answer = try await admin.ask(.get, path)
        let items = try #require(answer.json["items"]?.array)
        #expect(items.count <= 4)
        seen += items.compactMap { $0["user"]?.string }
        guard let next = answer.json["next"]?.string else { break }
        path = "/admin/v1/users?limit=4&page_token=\(next)"
      }
      #expect(seen == names)
    }
  }

  static let refusals: [(path: String, why: String)] = [
    ("/admin/v1/users?limit=0", "limit: it is not in the range 1 to 1000"),
    ("/admin/v1/users?limit=many", "limit: it is not in the range 1 to 1000"),
    ("/admin/v1/users?page_token=*", "page_token: it is none that this API gave out"),
    ("/admin/v1/users?dry_run=true", "dry_run: this call changes nothing"),
    ("/admin/v1/users?usr=x", "there is no query parameter \"usr\""),
    ("/admin/v1/facts/a?limit=3", "limit: this call answers no list"),
  ]

  @Test("a query that cannot be understood says why", arguments: refusals.indices)
  func badQuery(_ index: Int) async throws {
    try await withAdmin { admin in
      let answer = try await admin.ask(.get, Self.refusals[index].path)
      #expect(answer.status == 400)
      #expect(answer.json["exit"]?.int64 == 2)
      #expect(answer.json["why"]?.string?.hasPrefix(Self.refusals[index].why) == true)
    }
  }

  @Test("a path may hold anything that is escaped")
  func paths() async throws {
    try await withAdmin { admin in
      let answer = try await admin.ask(.get, "/admin/v1/facts/jobs%2F01%20%C3%A9")
      #expect(answer.json["item"]?["key"]?.string == "jobs/01 é")
      let whole = try await admin.ask(.get, "/admin/v1/facts/jobs/01")
      #expect(whole.json["item"]?["key"]?.string == "jobs/01")
    }
  }

  @Test("a repeated write is done once and answered the same")
  func repeats() async throws {
    try await withAdmin { admin in
      let first = try await admin.ask(
        .post, "/admin/v1/users", id: "r1", body: #"{"user":"ann"}"#)
      let second = try await admin.ask(
        .post, "/admin/v1/users", id: "r1", body: #"{"user":"ann"}"#)
      #expect(first.status == 200)
      #expect(first.json == second.json)
      #expect(admin.done.users.withLock { $0 } == ["ann"])
      let other = try await admin.ask(.post, "/admin/v1/users", id: "r1", body: #"{"user":"bob"}"#)
      #expect(other.status == 409)
      #expect(other.json["code"]?.string == "request.id_reused")
      _ = try await admin.ask(.post, "/admin/v1/users", id: "r2", body: #"{"user":"ann"}"#)
      #expect(admin.done.users.withLock { $0 } == ["ann", "ann"])
    }
  }

  @Test("a refusal is remembered, what may work later is tried again")
  func repeatedErrors() async throws {
    try await withAdmin { admin in
      for user in ["taken", "taken", "busy", "busy"] {
        let answer = try await admin.ask(
          .post, "/admin/v1/users", id: user, body: #"{"user":"\#(user)"}"#)
        #expect(answer.status == (user == "taken" ? 409 : 503))
        #expect(answer.json["request_id"]?.string == user)
      }
      #expect(
        admin.done.audited.withLock { $0 } == [
          "root createUser identity.exists", "root createUser facts.unavailable",
          "root createUser facts.unavailable",
        ])
    }
  }

  @Test("a dry run changes nothing and is not remembered")
  func dryRun() async throws {
    try await withAdmin { admin in
      let plan = try await admin.ask(
        .post, "/admin/v1/users?dry_run=true", id: "r1", body: #"{"user":"ann"}"#)
      #expect(plan.json["changed"]?.boolean == false)
      #expect(admin.done.users.withLock { $0.isEmpty })
      let real = try await admin.ask(.post, "/admin/v1/users", id: "r1", body: #"{"user":"ann"}"#)
      #expect(real.json["changed"]?.boolean == true)
    }
  }

  @Test("an error of ours tells nothing but the request's id")
  func failure() async throws {
    try await withAdmin { admin in
      let answer = try await admin.ask(
        .post, "/admin/v1/users", id: "r9", body: #"{"user":"broken"}"#)
      #expect(answer.status == 500)
      #expect(answer.json["request_id"]?.string == "r9")
      #expect(!answer.json.text().contains("not told"))
      #expect(answer.json["changed"]?.isNull == true)
    }
  }

  @Test("what the server refuses itself has the same form")
  func serverErrors() async throws {
    try await withAdmin { admin in
      let missing = try await admin.ask(.get, "/admin/v1/nothing")
      #expect(missing.status == 404)
      #expect(missing.json["exit"]?.int64 == 3)
      let method = try await admin.ask(.delete, "/admin/v1/users")
      #expect(method.status == 405)
      #expect(method.json["exit"]?.int64 == 2)
      let large = try await admin.ask(
        .post, "/admin/v1/users", body: String(repeating: "x", count: 2 << 20))
      #expect(large.status == 413)
    }
  }
}
