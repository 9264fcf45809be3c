import Admin
import CommandTable
import JSON
import Values

/// `lakectl bucket policy`, `cors`, `lifecycle` and `tagging`: show, set, unset.
enum BucketDocuments {
  static let columns = RecordColumns(BucketDocumentRecord.self, ["bucket", "document", "is_set"])
  static let shown = RecordColumns(BucketDocumentRecord.self, ["bucket", "document", "text"])
  static let file = Option<FilePath>(
    "file", .one, short: "f", placeholder: "PATH", "the document; - is standard input")

  static func group(_ document: BucketDocumentName, _ summary: String, _ detail: String) -> Command
  {
    Command(
      name: document.rawValue, summary: summary, detail: detail,
      children: [show(document), set(document), unset(document)])
  }

  private static func show(_ document: BucketDocumentName) -> Command {
    Command(
      name: "show", summary: "print the document as it is kept",
      call: Call(
        parameters: [BucketColumns.bucket.parameter], effect: .reads, output: .document,
        exits: [.notFound: "there is no such bucket, or it has no such document"],
        examples: [
          Example(text: "Into a file", line: "lakectl bucket \(document.rawValue) show raw > doc")
        ],
        detail: "Policies are JSON, the others XML, as S3 answers them.",
        run: { call async throws(CommandError) in
          let answer = try await call.ask(
            ObjectAPI.document, BucketDocumentInput(call[BucketColumns.bucket].text, document))
          guard !call.format.isJSON else {
            // XML is no JSON: the record holds it as text.
            var outcome = Outcome.record(shown.row(answer.item))
            outcome.output = shown.record
            outcome.warnings = answer.warnings
            return outcome
          }
          let text = answer.item["text"]?.string ?? ""
          return Outcome(
            .document(text.hasSuffix("\n") ? text : text + "\n"), warnings: answer.warnings)
        }))
  }

  private static func set(_ document: BucketDocumentName) -> Command {
    Command(
      name: "set", summary: "replace the document of a bucket",
      call: .changing(
        columns, ObjectAPI.setDocument,
        parameters: [BucketColumns.bucket.parameter, file.parameter],
        exits: [.notFound: "there is no such bucket", .usage: "the document is refused"],
        examples: [
          Example(
            text: "From a file",
            line: "lakectl bucket \(document.rawValue) set raw -f \(document.rawValue).json")
        ],
        detail: "JSON as the clients of S3 write it, or XML as the protocol has it.", guarded: true,
        input: { call throws(CommandError) in
          var input = BucketDocumentInput(call[BucketColumns.bucket].text, document)
          if let file = call[file] {
            input.text = String(decoding: try call.content(of: file), as: UTF8.self)
          }
          return input
        }))
  }

  private static func unset(_ document: BucketDocumentName) -> Command {
    Command(
      name: "unset", summary: "take the document of a bucket away",
      call: .changing(
        columns, ObjectAPI.unsetDocument, parameters: [BucketColumns.bucket.parameter],
        exits: [.notFound: "there is no such bucket"],
        examples: [
          Example(text: "It is not needed", line: "lakectl bucket \(document.rawValue) unset raw")
        ], guarded: true,
        input: { call throws(CommandError) in
          BucketDocumentInput(call[BucketColumns.bucket].text, document)
        }))
  }
}
