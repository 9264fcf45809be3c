import Fuzzing
import Testing
import Values

@testable import Identity

/// The rules of the evaluator once more, as slowly and plainly as they can be said: from the texts of the
/// documents, without compiling anything.
private enum PlainEvaluator {
  struct Question {
    var action: String
    var resource: String
    var subject: Subject
    var isRoot: Bool
    var owner: String?
    var sourceAddress: String?
    var prefix: [String]
    var isSecure: Bool
  }

  static func isAllowed(
    _ question: Question, access: [PolicyDocument], narrowing: [PolicyDocument],
    bucket: PolicyDocument?
  ) -> Bool {
    func says(_ document: PolicyDocument, allow: Bool) -> Bool {
      document.statements.contains { $0.isAllow == allow && self.applies($0, question) }
    }
    if let bucket, says(bucket, allow: false) { return false }
    let ownsAll = question.isRoot && question.owner == question.subject.accountID
    if !ownsAll, access.contains(where: { says($0, allow: false) }) { return false }
    for document in narrowing {
      if says(document, allow: false) || !says(document, allow: true) { return false }
    }
    return ownsAll || access.contains { says($0, allow: true) }
      || bucket.map { says($0, allow: true) } ?? false
  }

  private static func applies(_ statement: PolicyDocument.Statement, _ question: Question) -> Bool {
    let action = question.action.lowercased()
    let named = statement.actions.contains { glob($0.lowercased(), action) }
    if named == statement.negatesActions { return false }
    let covered = statement.resources.contains { glob($0, question.resource) }
    if covered == statement.negatesResources { return false }
    if let principals = statement.principals {
      let isNamed = principals.names.contains {
        $0 == "*" || !question.subject.isAnonymous && $0 == question.subject.accountID
      }
      if isNamed == principals.isNegated { return false }
    }
    return statement.conditions.allSatisfy { self.holds($0, question) }
  }

  private static func holds(_ clause: PolicyDocument.Clause, _ question: Question) -> Bool {
    let texts: [String]
    switch clause.key.text {
    case "aws:sourceip": texts = question.sourceAddress.map { [$0] } ?? []
    case "s3:prefix": texts = question.prefix
    case "aws:securetransport": texts = [question.isSecure ? "true" : "false"]
    default: texts = []
    }
    if clause.by.comparison == .null { return (clause.values == ["true"]) == texts.isEmpty }
    if texts.isEmpty {
      switch clause.by.quantifier {
      case .all: return true
      case .any: return clause.by.ifExists
      case .none: return clause.by.ifExists || clause.by.isNegated
      }
    }
    func fits(_ text: String) -> Bool {
      clause.values.contains { value in
        switch clause.by.comparison {
        case .stringEquals, .bool: value == text
        case .stringLike: glob(value, text)
        // The blocks of the test are whole bytes.
        case .ipAddress: text.hasPrefix(value.replacing("0/24", with: ""))
        default: false
        }
      }
    }
    switch (clause.by.quantifier, clause.by.isNegated) {
    case (.all, let negated): return texts.allSatisfy { fits($0) != negated }
    case (.any, let negated): return texts.contains { fits($0) != negated }
    case (.none, let negated): return texts.contains { fits($0) } != negated
    }
  }

  private static func glob(_ pattern: String, _ text: String) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = String(pattern.dropFirst())
    if first == "*" {
      return (0...text.count).contains { glob(rest, String(text.dropFirst($0))) }
    }
    guard let character = text.first, first == "?" || first == character else { return false }
    return glob(rest, String(text.dropFirst()))
  }
}

@Suite("Evaluator against the plain one")
struct EvaluatorPropertyTests {
  private struct Maker {
    var random: FuzzRandom

    mutating func pick<T>(_ choices: [T]) -> T { choices[self.random.below(choices.count)] }

    mutating func list(_ choices: [String]) -> String {
      let count = 1 + self.random.below(2)
      let picked = (0..<count).map { _ in "\"\(self.pick(choices))\"" }
      return "[\(picked.joined(separator: ","))]"
    }

    mutating func statement(inBucket: Bool) -> String {
      let isAllow = !self.random.oneIn(3)
      var members = ["\"Effect\":\"\(isAllow ? "Allow" : "Deny")\""]
      let action = self.random.oneIn(5) ? "NotAction" : "Action"
      members.append("\"\(action)\":\(self.list(Self.actionPatterns))")
      let resource = self.random.oneIn(5) ? "NotResource" : "Resource"
      members.append(
        "\"\(resource)\":\(self.list(inBucket ? Self.bucketResources : Self.resources))")
      if inBucket {
        let name = !isAllow && self.random.oneIn(3) ? "NotPrincipal" : "Principal"
        members.append("\"\(name)\":\(self.pick(Self.principals))")
      }
      if self.random.oneIn(2) { members.append("\"Condition\":{\(self.pick(Self.conditions))}") }
      return "{\(members.joined(separator: ","))}"
    }

    mutating func document(inBucket: Bool = false) throws -> PolicyDocument {
      let count = 1 + self.random.below(3)
      let statements = (0..<count).map { _ in self.statement(inBucket: inBucket) }
      return try PolicyDocument(
        parsing: "{\"Statement\":[\(statements.joined(separator: ","))]}",
        placement: inBucket ? .bucket("b") : .identity)
    }

    mutating func question() -> PlainEvaluator.Question {
      let subject = self.pick([
        Subject(name: "user:ann", userName: "ann", accountID: "a1"),
        Subject(name: "user:bob", userName: "bob", accountID: "a2"), .anonymous,
      ])
      return PlainEvaluator.Question(
        action: self.pick(Self.actions), resource: self.pick(Self.questions), subject: subject,
        isRoot: !subject.isAnonymous && self.random.oneIn(4), owner: self.pick(["a1", "a2"]),
        sourceAddress: self.pick(["10.0.1.7", "10.0.2.7", nil]),
        prefix: self.pick([[], ["x"], ["home/"], ["home/", "x"]]), isSecure: self.random.oneIn(2))
    }

    static let actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "catalog:read"]
    static let actionPatterns = [
      "*", "s3:*", "s3:Get*", "s3:GetObject", "S3:putobject", "s3:?utObject", "catalog:read",
    ]
    static let questions = [
      "arn:aws:s3:::b", "arn:aws:s3:::b/k", "arn:aws:s3:::b/x/k", "catalog/lake",
    ]
    static let bucketResources = ["arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x/?"]
    static let resources = Self.bucketResources + ["*", "catalog/*", "arn:aws:s3:::*"]
    static let principals = [#""*""#, #"{"AWS":"a1"}"#, #"{"AWS":["a1","a2"]}"#]
    static let conditions = [
      #""IpAddress":{"aws:SourceIp":"10.0.1.0/24"}"#,
      #""NotIpAddress":{"aws:SourceIp":"10.0.1.0/24"}"#,
      #""IpAddressIfExists":{"aws:SourceIp":"10.0.1.0/24"}"#,
      #""Bool":{"aws:SecureTransport":"true"}"#,
      #""StringEquals":{"s3:prefix":["x","y"]}"#,
      #""StringNotLike":{"s3:prefix":"home/*"}"#,
      #""ForAllValues:StringLike":{"s3:prefix":"home/*"}"#,
      #""ForAnyValue:StringNotEquals":{"s3:prefix":"x"}"#,
      #""Null":{"s3:prefix":"true"},"Bool":{"aws:SecureTransport":"false"}"#,
    ]
  }

  @Test("both say the same to 20,000 random questions", arguments: [1, 2, 3, 4] as [UInt64])
  func agree(seed: UInt64) throws {
    var maker = Maker(random: FuzzRandom(seed: seed))
    let prefixKey = try #require(ConditionKey("s3:prefix"))
    var allowedCount = 0
    for iteration in 0..<500 {
      let access = try (0..<maker.random.below(3)).map { _ in try maker.document() }
      let narrowing = maker.random.oneIn(3) ? [try maker.document()] : []
      let bucket = maker.random.oneIn(2) ? try maker.document(inBucket: true) : nil
      let compiled = try access.map { try RuleSet($0, source: "policy") }
      let narrow = try narrowing.map { try RuleSet($0, source: "key") }
      let policy = try bucket.map { try RuleSet($0, source: "bucket policy") }
      for _ in 0..<10 {
        let question = maker.question()
        let expected = PlainEvaluator.isAllowed(
          question, access: access, narrowing: narrowing, bucket: bucket)
        let context = AccessContext(
          time: WallTime(nanoseconds: 0),
          sourceAddress: question.sourceAddress.flatMap { NetworkAddress($0) },
          isSecure: question.isSecure,
          values: question.prefix.isEmpty
            ? [] : [AccessContext.Value(prefixKey, question.prefix)])
        let decision = Evaluator.decide(
          AccessRequest(
            try #require(Action(named: question.action)), on: question.resource, context,
            resourceOwner: question.owner, resourcePolicy: policy),
          Standing(
            subject: question.subject, isAccountRoot: question.isRoot, access: compiled,
            narrowing: narrow))
        if expected { allowedCount += 1 }
        #expect(
          decision.isAllowed == expected,
          "seed \(seed), document \(iteration): \(question), \(decision)")
      }
    }
    // A test in which nothing is ever allowed proves little.
    #expect(allowedCount > 500)
  }
}
